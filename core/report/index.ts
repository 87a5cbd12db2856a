export type { ChartAxis, ChartBlock, ChartTone } from './chart';
export type { Report, Section, SectionBlock, StageReport } from './report';
export { renderCard } from './render-card';
export { renderReportHtml } from './render-html';
