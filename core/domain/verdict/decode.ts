/**
 * Decodes text that comes in pieces, as tools write it that people open it with: UTF-8, or UTF-16 in either byte order,
 * with or without a byte order mark, which is left out. Bytes that are no text become U+FFFD.
 */
export class TextPieces {
  #decoder: InstanceType<typeof TextDecoder> | undefined;
  #first: Uint8Array = new Uint8Array(0);

  /** The text of these bytes, as far as it is whole. */
  push(bytes: Uint8Array): string {
    if (this.#decoder) return this.#decoder.decode(bytes, { stream: true });
    this.#first = this.#first.length > 0 ? Buffer.concat([this.#first, bytes]) : bytes;
    return this.#first.length < 2 ? '' : this.#start().decode(this.#first, { stream: true });
  }

  /** What is left when no more bytes come. */
  end(): string {
    return this.#decoder ? this.#decoder.decode() : this.#start().decode(this.#first);
  }

  #start(): InstanceType<typeof TextDecoder> {
    this.#decoder = new TextDecoder(encodingOf(this.#first));
    return this.#decoder;
  }
}

/** The text of a whole file. @see TextPieces */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder(encodingOf(bytes)).decode(bytes);
}

/** By the byte order mark; without one by the first character, which in JSON has a code below 128. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be';
  return 'utf-8';
}
