export { fitProfile } from './fit-profile.ts';
export { type MeasureOptions, measureEndpoint } from './measure-endpoint.ts';
export type { Measurement, Sample } from './sample.ts';
