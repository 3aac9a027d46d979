/**
 * The output manifests that AWS documents, line by line. The guide prints Python's `True` where real files have JSON's `true`.
 * https://docs.aws.amazon.com/healthimaging/latest/devguide/understanding-import-jobs.html
 */

/** `job-output-manifest.json`. */
export const documented = {
  jobSummary: {
    jobId: '09876543210987654321098765432109',
    datastoreId: '12345678901234567890123456789012',
    inputS3Uri: 's3://medical-imaging-dicom-input/dicom_input/',
    outputS3Uri:
      's3://medical-imaging-output/job_output/12345678901234567890123456789012-DicomImport-09876543210987654321098765432109/',
    successOutputS3Uri:
      's3://medical-imaging-output/job_output/12345678901234567890123456789012-DicomImport-09876543210987654321098765432109/SUCCESS/',
    failureOutputS3Uri:
      's3://medical-imaging-output/job_output/12345678901234567890123456789012-DicomImport-09876543210987654321098765432109/FAILURE/',
    warningsOutputS3Uri:
      's3://medical-imaging-output/job_output/12345678901234567890123456789012-DicomImport-09876543210987654321098765432109/WARNING/',
    numberOfScannedFiles: 5,
    numberOfImportedFiles: 3,
    numberOfFilesWithCustomerError: 2,
    numberOfFilesWithServerError: 0,
    numberOfGeneratedImageSets: 2,
    imageSetsSummary: [
      { imageSetId: '12345612345612345678907890789012', numberOfMatchedSOPInstances: 2 },
      { imageSetId: '12345612345612345678917891789012', numberOfMatchedSOPInstances: 1 },
    ],
  },
};

/** The lines of the three ndjson files. */
export const documentedLines = {
  success: [
    '{"inputFile":"dicomInputFolder/1.3.51.5145.5142.20010109.1105620.1.0.1.dcm","importResponse":{"imageSetId":"12345612345612345678907890789012","isPrimary":true}}',
  ],
  failure: [
    '{"inputFile":"dicom_input/invalidDicomFile1.dcm","exception":{"exceptionType":"ValidationException","message":"DICOM attribute TransferSyntaxUID does not exist"}}',
    '{"inputFile":"dicom_input/invalidDicomFile2.dcm","exception":{"exceptionType":"ValidationException","message":"DICOM attributes does not exist"}}',
  ],
  warning: [
    '{"inputFile":"dicom_input/warningDicomFile1.dcm","importResponse":{"imageSetId":"12345612345612345678907890789012","imageSetVersion":1,"isPrimary":true,"warnings":[{"warning_reason_code":45330,"type":"InvalidOffsetTable","message":"The file was imported but contains an invalid offset table, may see issues when retrieving certain frames."}]}}',
  ],
} as const;
