export * from './dicom-import-watcher.ts';
export * from './dicom-import-watcher-stack.ts';
export type { ImportOutcomeOptions } from './pipeline/follow-import.ts';
export * from './pipeline/import-dicom.ts';
export * from './pipeline/watch-dicom-import.ts';
export * from './subscribers.ts';
export { DicomImportWatcherBase } from './watcher-base.ts';
export * from './watcher-interface.ts';
export * from './watcher-props.ts';
