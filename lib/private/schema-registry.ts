import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CfnRegistry, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import { Construct } from 'constructs';
import { PUBLISHED } from '../../core/contract/names.ts';
import { ASSETS } from './assets.ts';

/** The schemas of all that is published, for whoever looks for them there and for code bindings. */
export class SchemaRegistry extends Construct {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', { description: 'Verdicts on DICOM imports' });
    const documents = JSON.parse(readFileSync(join(ASSETS, 'schemas.json'), 'utf8'));
    for (const detailType of [PUBLISHED.importFinished, PUBLISHED.importOverdue, PUBLISHED.watchFailed]) {
      const name = detailType.replace(/ /g, '');
      new CfnSchema(this, name, {
        registryName: registry.attrRegistryName,
        schemaName: `${PUBLISHED.source}@${name}`,
        type: 'OpenApi3',
        content: JSON.stringify(documents[detailType]),
      });
    }
  }
}
