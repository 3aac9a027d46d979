import dcmjs from 'dcmjs';

dcmjs.log.setLevel('silent');

/** What writeStudy makes. UIDs derive from `seed`: the same seed gives the same bytes. */
export interface StudyOptions {
  /** A number of at most 12 digits that tells one study from another. Default 1. */
  seed?: number;
  /** Instances in each CT series. Default [3, 2]. */
  instancesPerSeries?: number[];
  patientID?: string;
  /** Whether to add two files that an import refuses. Default true. */
  withBrokenFiles?: boolean;
}

/** A file of a study; `name` has slashes and fits below an input prefix. */
export interface StudyFile {
  name: string;
  bytes: Uint8Array;
}

const explicitLittleEndian = '1.2.840.10008.1.2.1';
const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2';
const side = 8;

/**
 * A small CT study of a person who does not exist: Part 10 files, explicit VR little endian, 8x8 pixels of 16 bits,
 * UIDs below 2.25. The broken files are `broken/garbage.dcm` (plain text: "DICOM attributes does not exist") and
 * `broken/no-sop-class.dcm` (Part 10 without SOPClassUID: "DICOM attribute SOPClassUID does not exist").
 */
export function writeStudy(options: StudyOptions = {}): StudyFile[] {
  const {
    seed = 1,
    instancesPerSeries = [3, 2],
    patientID = 'SYNTHETIC-0001',
    withBrokenFiles = true,
  } = options;
  // Below 2.25 a UID is one number; digits side by side keep study, series and instance apart.
  const uid = (series: number, instance: number) =>
    `2.25.9${String(seed).padStart(12, '0')}${String(series).padStart(3, '0')}${String(instance).padStart(5, '0')}`;
  const image = (series: number, instance: number): Record<string, unknown> => ({
    SOPClassUID: ctImageStorage,
    SOPInstanceUID: uid(series, instance),
    StudyInstanceUID: uid(0, 0),
    SeriesInstanceUID: uid(series, 0),
    StudyDate: '20000101',
    StudyTime: '120000',
    AccessionNumber: '',
    Modality: 'CT',
    Manufacturer: 'Synthetic',
    ReferringPhysicianName: '',
    PatientName: 'Nobody^Synthetic',
    PatientID: patientID,
    PatientBirthDate: '',
    PatientSex: 'O',
    StudyID: '1',
    SeriesNumber: series,
    InstanceNumber: instance,
    ImageType: ['DERIVED', 'SECONDARY', 'AXIAL'],
    FrameOfReferenceUID: uid(999, 0),
    PositionReferenceIndicator: '',
    KVP: '',
    AcquisitionNumber: '',
    ImagePositionPatient: [0, 0, instance],
    ImageOrientationPatient: [1, 0, 0, 0, 1, 0],
    PixelSpacing: [1, 1],
    SliceThickness: 1,
    SamplesPerPixel: 1,
    PhotometricInterpretation: 'MONOCHROME2',
    Rows: side,
    Columns: side,
    BitsAllocated: 16,
    BitsStored: 12,
    HighBit: 11,
    PixelRepresentation: 0,
    RescaleIntercept: -1024,
    RescaleSlope: 1,
    PixelData: gradient(series * 100 + instance),
  });

  const files = instancesPerSeries.flatMap((count, index) =>
    Array.from({ length: count }, (_, number) => ({
      name: `series-${index + 1}/image-${number + 1}.dcm`,
      bytes: part10(image(index + 1, number + 1)),
    })),
  );
  if (!withBrokenFiles) return files;
  const { SOPClassUID: _, ...withoutClass } = image(1, 99_999);
  return [
    ...files,
    { name: 'broken/garbage.dcm', bytes: new TextEncoder().encode('This is not a DICOM file.\n') },
    { name: 'broken/no-sop-class.dcm', bytes: part10(withoutClass) },
  ];
}

function part10(dataset: Record<string, unknown>): Uint8Array {
  const file = new dcmjs.data.DicomDict(
    elements({
      FileMetaInformationVersion: Uint8Array.of(0, 1).buffer,
      MediaStorageSOPClassUID: ctImageStorage,
      MediaStorageSOPInstanceUID: dataset.SOPInstanceUID,
      TransferSyntaxUID: explicitLittleEndian,
      ImplementationClassUID: '2.25.900000000000000000001',
    }),
  );
  file.dict = elements(dataset);
  return new Uint8Array(file.write());
}

function elements(dataset: Record<string, unknown>) {
  // dcmjs looks the value representations up; pixel data, OB or OW by the dictionary, it needs told.
  return dcmjs.data.DicomMetaDictionary.denaturalizeDataset({
    ...dataset,
    _vrMap: { PixelData: 'OW', FileMetaInformationVersion: 'OB' },
  });
}

function gradient(start: number): ArrayBuffer {
  return Uint16Array.from({ length: side * side }, (_, index) => (start + index * 16) % 4096).buffer;
}
