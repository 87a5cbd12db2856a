/** What all pictures share: sizes, and axes in the page's colours. */
import type { EChartsOption, XAXisComponentOption, YAXisComponentOption } from 'echarts';
import type { ChartAxis } from '../../core/report';
import { formatCompact } from '../../core/report/format';

/** As wide as a card of the page; a phone's card. Text then has about its natural size. */
export const WIDE_PIXELS = 840;
export const NARROW_PIXELS = 330;
export const FONT_PIXELS = 13;

export interface Canvas {
  readonly width: number;
  readonly narrow: boolean;
}

/** A picture's height follows from what it holds. */
export interface Drawing {
  readonly height: number;
  readonly option: EChartsOption;
}

const INK = 'var(--ink)';
const SOFT = 'var(--soft)';
const LINE = 'var(--line)';

/** Room on the left for the names of bars and rows. */
const labelPixels = ({ narrow }: Canvas): number => (narrow ? 108 : 250);
/** The reader's font is not known here and may be wider than the one that labels are measured with. */
const WIDER_FONT = 0.15;

/** Space around the plot: a title of the upright axis above, of the lying one below. */
export const GRID = { left: 4, right: 18, top: 26, bottom: 26, containLabel: true } as const;

/** The same beside names, without a title above. */
export const gridBesideNames = (canvas: Canvas) => ({
  ...GRID,
  left: GRID.left + Math.round(WIDER_FONT * labelPixels(canvas)),
  top: 4,
  bottom: 30,
});

type ValueAxis = XAXisComponentOption & YAXisComponentOption & { readonly type: 'value' };

export function valueAxis(axis: ChartAxis, { narrow, width }: Canvas): Omit<ValueAxis, 'mainType'> {
  return {
    type: 'value',
    name: axis.label,
    nameTruncate: { maxWidth: width - 60, ellipsis: '…' },
    splitNumber: narrow ? 3 : 5,
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: LINE } },
    axisLabel: {
      color: SOFT,
      fontSize: FONT_PIXELS,
      hideOverlap: true,
      formatter: (value: number) => tick(axis, value),
    },
    nameTextStyle: { color: SOFT, fontSize: FONT_PIXELS },
  };
}

/** The title stands in the middle below the axis. */
export const NAME_BELOW = { nameLocation: 'middle', nameGap: 30 } as const;
/** The title stands above the axis and begins at the picture's edge. */
export const NAME_ABOVE = {
  nameLocation: 'end',
  nameGap: 12,
  nameTextStyle: { color: SOFT, fontSize: FONT_PIXELS, align: 'left' },
} as const;

/** In two or three short lines on a phone, where one has room for a word or two. */
const NARROW_NAME_CHARACTERS_MAX = 30;
const LINE_PIXELS = 14;

/** Names of bars or rows, the first one on top, cut to their room. */
export function nameAxis(names: readonly string[], canvas: Canvas) {
  return {
    type: 'category' as const,
    inverse: true,
    data: names.map((name) => ({ value: canvas.narrow ? cut(name) : name })),
    axisLine: { show: false },
    axisTick: { show: false },
    axisLabel: {
      interval: 0,
      color: INK,
      fontSize: FONT_PIXELS,
      width: labelPixels(canvas),
      overflow: canvas.narrow ? ('break' as const) : ('truncate' as const),
      ellipsis: '…',
      lineHeight: LINE_PIXELS,
    },
  };
}

function cut(name: string): string {
  const characters = [...name];
  return characters.length <= NARROW_NAME_CHARACTERS_MAX
    ? name
    : `${characters.slice(0, NARROW_NAME_CHARACTERS_MAX - 1).join('')}…`;
}

function tick({ format }: ChartAxis, value: number): string {
  if (format === 'share') return `${Number((100 * value).toFixed(2))} %`;
  return Math.abs(value) >= 1e4 ? formatCompact(value) : String(Number(value.toPrecision(6)));
}

/** Beyond these an axis has no ticks that differ. */
const MAGNITUDE_MAX = 1e15;
const MAGNITUDE_MIN = 1e-15;

/** What is no number is no mark. */
export function known(value: number | null | undefined): number | null {
  if (typeof value !== 'number' || !(Math.abs(value) <= MAGNITUDE_MAX)) return null;
  return Math.abs(value) < MAGNITUDE_MIN ? 0 : value;
}
