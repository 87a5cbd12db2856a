export type { ChartAxis, ChartBlock, ChartTone } from './chart';
export { histogramOf, type ValueCounts } from './histogram-of';
export type { Report, Section, SectionBlock, StageReport } from './report';
export { renderCard } from './render-card';
export { type ChartPictures, type DrawChart, seriesColour } from './render-chart';
export { renderReportHtml } from './render-html';
export { safeSvg } from './safe-svg';
