/** Widest line but for what has to be copied whole: ids, commands and URIs. */
export const COLUMNS = 80;
