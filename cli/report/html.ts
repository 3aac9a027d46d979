import { html as escaping, raw } from 'hono/html';
import { oneLine } from '../../core/domain/text.ts';

/** A piece of HTML that is safe to print: all text in it was escaped. */
export type Html = ReturnType<typeof raw>;

/**
 * A piece of HTML. Text in it is only that, whatever it holds: it is escaped, and has no character that cannot be seen. In
 * attributes it has to be in quotes.
 */
export function html(
  strings: TemplateStringsArray,
  ...values: readonly (string | number | Html | readonly Html[] | undefined)[]
): Html {
  const shown = values.map((value) =>
    // A piece of HTML is an object.
    typeof value === 'string' ? oneLine(value) : value,
  );
  // A promise comes only of values that are promises.
  return escaping(strings, ...shown) as Html;
}

/** What we wrote ourselves, as it is. */
export const ours = raw;

export interface Column {
  readonly title: string;
  /** Numbers are to the right. */
  readonly align?: 'right';
}

/** Begins a table, whose rows and end follow. The first cell of each row names it. */
export function tableHead(caption: string, columns: readonly Column[]): Html {
  const heads = columns.map(
    ({ title, align }) => html`<th scope="col"${align && ours(' class="number"')}>${title}</th>`,
  );
  return html`<table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>
`;
}

export type Cell = string | number | Html | undefined;

export function tableRow([name, ...others]: readonly Cell[]): Html {
  const cells = others.map((cell) =>
    typeof cell === 'number' ? html`<td class="number">${cell}</td>` : html`<td>${cell}</td>`,
  );
  return html`<tr><th scope="row">${name}</th>${cells}</tr>
`;
}

export const TABLE_END = ours('</tbody>\n</table>\n');

export function table(caption: string, columns: readonly Column[], rows: readonly (readonly Cell[])[]): Html {
  return html`${tableHead(caption, columns)}${rows.map(tableRow)}${TABLE_END}`;
}
