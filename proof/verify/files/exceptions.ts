const CUT = 'the file ends before its last element does. pydicom reads what is there; the rest is missing.';

/** Files that pydicom accepts and the simulator refuses, each with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'MR_truncated.dcm': CUT,
  'rtplan_truncated.dcm': CUT,
  'SC_rgb_jpeg.dcm':
    'the data have implicit VR although the transfer syntax says explicit VR. pydicom guesses what is meant.',
};

/** Files of which a cut takes nothing that a reader needs, with the reason. */
export const NOTHING_LOST: Readonly<Record<string, string>> = {
  'image_dfl.dcm':
    'behind the deflated data it has a checksum and a length, as gzip has. Without the last byte of them all data are there.',
};
