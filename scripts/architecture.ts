import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { resourcesOf, type Template } from '../local/template.ts';
import { installTools } from './tools.ts';

/** Where the picture is. */
export const ARCHITECTURE = fileURLToPath(new URL('../docs/architecture.svg', import.meta.url));

/** What each Lambda function of the template does in the picture. */
const FUNCTIONS: Readonly<Record<string, string>> = {
  OnImportEvent: 'starts and wakes watches',
  CheckImportJob: 'checks the job',
  SummarizeImport: 'reads the manifests',
  Sweep: 'finds what events missed,\nrepairs failed watches',
  OnWatchEnded: 'reports failed watches',
};

/** @throws Error where the template has a function that the picture does not show, or the other way round. */
export function architecture(template: Template): string {
  const there = resourcesOf(template, 'AWS::Lambda::Function').map(({ id }) =>
    id.replace(/^Watcher|[0-9A-F]{8}$/g, ''),
  );
  const shown = Object.keys(FUNCTIONS);
  const odd = [...there, ...shown].filter((name) => !there.includes(name) || !shown.includes(name));
  if (odd.length > 0) throw new Error(`the picture and the template do not have the same functions: ${odd}`);
  const functions = shown.map(
    (name) => `${name} [label="${name}\n${FUNCTIONS[name]}", fillcolor="#fbe3cc"];`,
  );
  return `digraph {
    rankdir=LR; nodesep=0.35; ranksep=0.7; bgcolor=white; fontname="Helvetica";
    node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=12, margin="0.3,0.14", fillcolor="#eef2f7", color="#5a6b7b"];
    edge [fontname="Helvetica", fontsize=10, color="#5a6b7b", fontcolor="#37474f"];
    HealthImaging [label="AWS HealthImaging\nDICOM import jobs"];
    Output [label="S3 output bucket\nmanifests"];
    subgraph cluster_watcher {
      label="dicom-import-watcher"; style="rounded,dashed"; color="#5a6b7b"; fontsize=13; margin=18;
      Machine [label="Step Functions\none execution per import job", fillcolor="#dcebdc"];
      Table [label="DynamoDB\ntable of watches"];
      Bus [label="EventBridge bus\nverdicts and notices"];
      Topic [label="SNS topic\nmessages for people"];
      ${functions.join('\n      ')}
    }
    Systems [label="Queues, rules, archives\nsystems"];
    People [label="Email, Slack, Teams\npeople"];
    HealthImaging -> OnImportEvent [label="events,\nwhere they come"];
    HealthImaging -> Sweep [label="lists, every minute", dir=back];
    OnImportEvent -> Machine;
    Sweep -> Machine;
    Machine -> CheckImportJob [dir=both, label="wait-loop"];
    Machine -> SummarizeImport [dir=both, label="at the end"];
    HealthImaging -> CheckImportJob [label="GetDICOMImportJob", dir=back];
    Output -> SummarizeImport [dir=back];
    Machine -> Bus; Machine -> Topic; Machine -> Table;
    Machine -> OnWatchEnded [label="failed"];
    OnWatchEnded -> Bus; OnWatchEnded -> Topic;
    Bus -> Systems; Topic -> People;
  }`;
}

/** Draws a graph as SVG. What draws is installed if need be. */
export async function drawGraph(dot: string): Promise<string> {
  const folder = await installTools('charts');
  const module = createRequire(join(folder, 'package.json')).resolve('@hpcc-js/wasm-graphviz');
  const { Graphviz } = await import(pathToFileURL(module).href);
  return (await Graphviz.load()).layout(dot, 'svg', 'dot');
}
