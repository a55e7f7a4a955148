package paws360.backend.config;

/** host:port */
public record Address(String host, int port) {
  public static Address parse(String text, int default_port) {
    var colon = text.lastIndexOf(':');
    if (colon < 0)
      return new Address(text, default_port);
    try {
      var port = Integer.parseInt(text.substring(colon + 1));
      if (colon > 0 && port >= 1 && port <= 65535)
        return new Address(text.substring(0, colon), port);
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("`" + text + "` is not host:port");
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
