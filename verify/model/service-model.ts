import { readFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { python } from '../python.ts';

/** What is used of botocore's service model. */
export interface ServiceModel {
  readonly metadata: { readonly protocol: string };
}

/** The newest service model of HealthImaging that botocore has. */
export async function importService(): Promise<ServiceModel> {
  const { package: file } = await python('tools');
  const packed = await readFile(file('botocore/data/medical-imaging/2023-07-19/service-2.json.gz'));
  return JSON.parse(gunzipSync(packed).toString('utf8'));
}
