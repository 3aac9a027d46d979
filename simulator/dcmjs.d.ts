// dcmjs ships no types; this is the part the simulator uses.
declare module 'dcmjs' {
  export type Elements = Record<string, { vr: string; Value: unknown[] }>;
  interface DicomDict {
    dict: Elements;
    write(): ArrayBuffer;
  }
  const dcmjs: {
    data: {
      DicomDict: new (meta: Elements) => DicomDict;
      DicomMetaDictionary: {
        /** The data elements of the standard by tag: `(0010,0020)`. */
        dictionary: Readonly<Record<string, { vr: string } | undefined>>;
        /** Turns names into tags: `{ PatientID: 'X' }` into `{ '00100020': { vr: 'LO', Value: ['X'] } }`. */
        denaturalizeDataset(dataset: Record<string, unknown>): Elements;
      };
    };
    log: { setLevel(level: string): void };
  };
  export default dcmjs;
}
