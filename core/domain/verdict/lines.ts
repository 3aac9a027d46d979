/**
 * The longest line that is read, in characters. An S3 key has 1,024 bytes at most and a message of HealthImaging 2,048
 * characters, so a line may have 60 warnings with the longest message, or 800 ordinary ones.
 */
export const MAX_LINE_LENGTH = 128 * 1024;

/** Stands in for a line that is longer. It is no JSON: who counts lines counts it as one that cannot be read. */
export const TOO_LONG = '(a line that is too long)';

/** Makes lines of a text that comes in pieces. Of a line that is too long it keeps nothing. */
export class LineSplitter {
  #rest = '';
  /** Whether the line that goes on with the next piece is too long already. */
  #tooLong = false;

  /** The lines that end in this piece, however much of them came before. */
  push(piece: string): string[] {
    // To join and split what has no end yet takes long where the pieces are small.
    const lines = piece.includes('\n') ? (this.#rest + piece).split('\n') : [this.#rest + piece];
    const rest = lines.pop() ?? '';
    for (const [i, line] of lines.entries()) if (line.length > MAX_LINE_LENGTH) lines[i] = TOO_LONG;
    if (this.#tooLong && lines.length > 0) {
      lines[0] = TOO_LONG;
      this.#tooLong = false;
    }
    this.#tooLong ||= rest.length > MAX_LINE_LENGTH;
    this.#rest = this.#tooLong ? '' : rest;
    return lines;
  }

  /** What comes after the last end of a line. */
  end(): string {
    return this.#tooLong ? TOO_LONG : this.#rest;
  }
}
