// cliui ships no types; this is the part that the command line uses.
declare module 'cliui' {
  interface Cell {
    text: string;
    width?: number;
    align?: 'right' | 'center';
    /** Top, right, bottom, left. */
    padding?: number[];
  }
  export default function cliui(options: { width: number; wrap: boolean }): {
    div(...cells: Cell[]): void;
    toString(): string;
  };
}
