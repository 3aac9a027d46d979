/** Compares such texts, to sort by them. */
export function compareOrder(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const ASCII = /^[\0-\x7F]*$/;

/**
 * A text whose units are the bytes of another one in UTF-8: such texts compare as S3 sorts its keys. To compare the keys
 * themselves would put what is beyond U+FFFF before what is not.
 */
export function byteOrder(text: string): string {
  return ASCII.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}
