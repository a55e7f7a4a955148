// Edits of one source file of a page that are always taken back. A mark follows the text of its first <h1>; whoever
// finds such a mark knows what to take out, also after a run that was killed.
import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';

const heading = /<h1>([^<>{}]*)<\/h1>/;
const marks = / \(hot-reload [0-9a-f]{8} \d{4}\)/g;

/** In place and never shorter than what it was until all is written: whoever reads meanwhile finds no empty file. */
function write(path, content) {
  const file = openSync(path, 'r+');
  try {
    const bytes = Buffer.from(content);
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at, at);
    ftruncateSync(file, bytes.length);
  } finally {
    closeSync(file);
  }
}

export class PageEdit {
  /** Takes out what a killed run has left. Throws when the page has no heading to mark. `run`: 8 hexadecimal digits. */
  constructor(path, run) {
    this.path = path;
    this.run = run;
    const found = readFileSync(path, 'utf8');
    this.original = found.replace(marks, '');
    if (!heading.test(this.original)) throw new Error(`${path} has no <h1>text</h1> to edit`);
    this.wasLeft = found !== this.original;
    if (this.wasLeft) write(path, this.original);
    this.title = heading.exec(this.original)[1];
    this.last = this.original;
  }

  /** What the heading says after the edit `number`, and nothing else ever does. */
  wording(number) {
    return `${this.title} (hot-reload ${this.run} ${String(number).padStart(4, '0')})`;
  }

  apply(number) {
    this.last = this.original.replace(heading, () => `<h1>${this.wording(number)}</h1>`);
    write(this.path, this.last);
  }

  /** Any number of times. What somebody else has written meanwhile stays; only the mark is taken out of it. */
  restore() {
    const now = readFileSync(this.path, 'utf8');
    const wanted = now === this.last ? this.original : now.replace(marks, '');
    if (now !== wanted) write(this.path, wanted);
    this.last = this.original;
  }
}
