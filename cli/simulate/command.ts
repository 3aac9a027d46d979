import type { Command } from 'commander';
import { simulatorOptions } from '../../simulator/options.ts';
import { command, PROGRAM } from '../command.ts';

export function simulateCommand(): Command {
  return simulatorOptions(
    command('simulate', {
      summary: 'a simulated HealthImaging on this machine, for your own tests',
      description:
        "Simulates HealthImaging's import API on this machine: it imports DICOM files from S3 and writes the manifests, and whatever you ask for goes wrong. An S3 is started with it, on Node 22.5 or newer. Ends on Ctrl-C.",
      examples: [
        `${PROGRAM} simulate --duration 5`,
        `${PROGRAM} simulate --fault throttle,times=3 --fault fail,job=bad`,
        `${PROGRAM} simulate --port 4567 --s3-endpoint http://127.0.0.1:4566`,
      ],
      load: () => import('./run.ts'),
    }),
  ).option('--json', 'print JSON');
}
