import { createRequire } from 'node:module';
import { join } from 'node:path';
import { installTools } from './tools.ts';

export interface Size {
  readonly width: number;
  readonly height: number;
}

/**
 * Draws a chart.
 * @param options - of echarts.
 * @param ids - what the ids in the chart begin with.
 * @returns an SVG.
 */
export type DrawChart = (size: Size, options: object, ids: string) => string;

/** What we use of echarts, which is installed when it is needed. */
interface Echarts {
  init(
    element: null,
    theme: null,
    options: Size & { renderer: 'svg'; ssr: true },
  ): { setOption(options: object): void; renderToSVGString(): string; dispose(): void };
}

/** What ids begin with: the library counts its charts, and so the same chart would differ the next time. */
const COUNTED = /zr\d+-/g;

/** What draws charts. It is installed if need be. */
export async function loadCharts(): Promise<DrawChart> {
  const tools = createRequire(join(await installTools('charts'), 'package.json'));
  // It numbers its styles, too: only a new load begins at 0 again.
  delete tools.cache[tools.resolve('echarts')];
  const { init } = tools('echarts') as Echarts;
  return (size, options, ids) => {
    const chart = init(null, null, { renderer: 'svg', ssr: true, ...size });
    chart.setOption({ animation: false, ...options });
    const svg = chart.renderToSVGString().replace(COUNTED, ids);
    chart.dispose();
    return svg;
  };
}
