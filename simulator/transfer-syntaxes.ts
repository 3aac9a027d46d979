/**
 * Syntaxes that import without warning 45344, after the AWS page "Supported transfer syntaxes". The copies at hand
 * end before its last rows: from 92 on the list is generous, so that no warning is made up.
 */
export const supportedTransferSyntaxes: ReadonlySet<string> = new Set([
  '1.2.840.10008.1.2',
  '1.2.840.10008.1.2.1',
  '1.2.840.10008.1.2.1.99',
  '1.2.840.10008.1.2.2',
  ...[50, 51, 57, 70, 80, 81, 90, 91, 92, 93, 100, 101, 102, 103, 104, 105, 106, 107, 108, 201, 202, 203].map(
    (number) => `1.2.840.10008.1.2.4.${number}`,
  ),
  '1.2.840.10008.1.2.5',
]);
