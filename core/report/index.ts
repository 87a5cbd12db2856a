export type { Report, Section, SectionBlock } from './report';
