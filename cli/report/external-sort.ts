import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import TinyQueue from 'tinyqueue';
import { CliError } from '../errors.ts';
import { reasonOf } from '../system-errors.ts';

/** What is sorted, and how it is kept. */
export interface Sortable<T> {
  compare(a: T, b: T): number;
  /** One line, without its end. */
  encode(value: T): string;
  decode(line: string): T;
}

/** Estimated size of what is sorted in memory at once. */
const MAX_BYTES = 8 * 1024 * 1024;
/** What a value takes beside its text. */
const OBJECT_BYTES = 250;
const BLOCK_BYTES = 64 * 1024;

/** Where a sorted part of all is in the file. */
interface Run {
  readonly from: number;
  readonly to: number;
}

/**
 * Sorts more than fits into memory: sorted parts go to a temporary file, and are merged while they are read back. Only this
 * user can read the file, and it has no name: the system removes it however the process ends.
 */
export class ExternalSort<T> {
  readonly #how: Sortable<T>;
  readonly #maxBytes: number;
  readonly #runs: Run[] = [];
  #values: T[] = [];
  #bytes = 0;
  #file: number | undefined;
  #path: string | undefined;
  #end = 0;

  constructor(how: Sortable<T>, maxBytes = MAX_BYTES) {
    this.#how = how;
    this.#maxBytes = maxBytes;
  }

  /** @param length - of the texts in the value. */
  add(value: T, length: number): void {
    this.#values.push(value);
    this.#bytes += OBJECT_BYTES + length;
    if (this.#bytes > this.#maxBytes) this.#spill();
  }

  /** All values in their order, as often as it is asked for. */
  *sorted(): Generator<T> {
    const { compare } = this.#how;
    this.#values.sort(compare);
    const sources: Iterator<T>[] = [...this.#runs.map((run) => this.#read(run)), this.#values.values()];
    const heads = sources.flatMap((source, number) => {
      const { value, done } = source.next();
      return done ? [] : [{ value, source, number }];
    });
    const queue = new TinyQueue(heads, (a, b) => compare(a.value, b.value) || a.number - b.number);
    for (let head = queue.pop(); head; head = queue.pop()) {
      yield head.value;
      const { value, done } = head.source.next();
      if (!done) queue.push({ ...head, value });
    }
  }

  /** Frees the room on the disk. */
  close(): void {
    this.#values = [];
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    if (this.#path !== undefined) unlinkSync(this.#path);
  }

  #spill(): void {
    const { compare, encode } = this.#how;
    this.#values.sort(compare);
    const from = this.#end;
    let block = '';
    for (const value of this.#values) {
      block += `${encode(value)}\n`;
      if (block.length < BLOCK_BYTES) continue;
      this.#write(block);
      block = '';
    }
    this.#write(block);
    this.#runs.push({ from, to: this.#end });
    this.#values = [];
    this.#bytes = 0;
  }

  #write(text: string): void {
    try {
      const bytes = Buffer.from(text);
      this.#file ??= this.#open();
      for (let at = 0; at < bytes.length; ) {
        const written = writeSync(this.#file, bytes, at, bytes.length - at, this.#end);
        at += written;
        this.#end += written;
      }
    } catch (error) {
      throw new CliError(
        `The folder for temporary files (${tmpdir()}) cannot be used (${reasonOf(error)}). Name another with TMPDIR: it needs about as much room as the manifests have.`,
        { cause: error },
      );
    }
  }

  #open(): number {
    const path = join(tmpdir(), `dicom-import-watcher-${randomUUID()}`);
    const file = openSync(path, 'wx+', 0o600);
    try {
      unlinkSync(path);
    } catch {
      // Not every system lets go of the name of an open file.
      this.#path = path;
    }
    return file;
  }

  *#read({ from, to }: Run): Generator<T> {
    const block = Buffer.alloc(BLOCK_BYTES);
    const decoder = new TextDecoder();
    let rest = '';
    for (let at = from; at < to; ) {
      const length = readSync(this.#file as number, block, 0, Math.min(BLOCK_BYTES, to - at), at);
      if (length === 0) throw new CliError('The temporary file was cut off by somebody else.');
      at += length;
      const lines = (rest + decoder.decode(block.subarray(0, length), { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) yield this.#how.decode(line);
    }
  }
}
