import type { Template } from '../../local/template.ts';

/** A template with a dashboard of one widget. */
export function withWidget(widget: object): Template {
  const DashboardBody = JSON.stringify({ widgets: [{ x: 0, y: 0, width: 8, height: 6, ...widget }] });
  return { Resources: { Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardBody } } } };
}
