export * from '../lambda/events.ts';
export * from './dicom-import-watcher.ts';
export * from './dicom-import-watcher-stack.ts';
export * from './subscribers.ts';
