export * from './dicom-import-watcher.ts';
export * from './dicom-import-watcher-stack.ts';
export * from './pipeline/import-dicom.ts';
export * from './subscribers.ts';
export { DicomImportWatcherBase } from './watcher-base.ts';
export * from './watcher-interface.ts';
export * from './watcher-props.ts';
