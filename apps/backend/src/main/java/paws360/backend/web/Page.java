package paws360.backend.web;

import java.util.List;

/** A part of a list. `page` counts from 0; `total` is the size of the whole list. */
public record Page<T>(List<T> items, int page, int size, long total) {
  public static final int largest = 100;
}
