export * from './dicom-import-watcher.ts';
export * from './dicom-import-watcher-stack.ts';
