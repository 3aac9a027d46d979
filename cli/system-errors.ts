/** What the operating system says of a file or a port, in words. */
const MEANINGS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'the port is in use',
  EADDRNOTAVAIL: 'this machine does not have the address',
  EBUSY: 'it is in use',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file is too large',
  EIO: 'the disk reports an error',
  EISDIR: 'it is a folder',
  ELOOP: 'its links go in a circle',
  EMFILE: 'too many files are open',
  ENAMETOOLONG: 'the name is too long',
  ENFILE: 'too many files are open',
  ENOENT: 'it is not there',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is not a folder',
  EPERM: 'permission denied',
  EROFS: 'the disk is read-only',
};

/** `EACCES: permission denied`; undefined where the error is not one of the operating system on a file or a port. */
export function systemReason(error: unknown): string | undefined {
  const { code = '' } = error as NodeJS.ErrnoException;
  const meaning = MEANINGS[code];
  return meaning && `${code}: ${meaning}`;
}

/** The same, or the code alone of an error that has no words here. */
export function reasonOf(error: unknown): string | undefined {
  return systemReason(error) ?? (error as NodeJS.ErrnoException).code;
}
