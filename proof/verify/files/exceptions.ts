const CUT = 'the file ends before the end of its last element. pydicom reads only what is there.';

/** Files that pydicom accepts and the simulator refuses, each with the reason. */
export const EXCEPTIONS: Readonly<Record<string, string>> = {
  'MR_truncated.dcm': CUT,
  'rtplan_truncated.dcm': CUT,
  'SC_rgb_jpeg.dcm': 'the data have implicit VR, but the transfer syntax says explicit VR. pydicom guesses.',
};

/** Files of which a cut takes nothing that a reader needs, with the reason. */
export const NOTHING_LOST: Readonly<Record<string, string>> = {
  'image_dfl.dcm':
    'the deflated data end with a checksum and a length, as in gzip, so the cut removes no data.',
};
