import type { Outcome, Series } from './scenario.ts';

const WIDTH = 720;
const HEIGHT = 400;
const LEFT = 64;
const RIGHT = 16;
const TOP = 44;
const BOTTOM = 52;
const COLOURS = ['#1565c0', '#c62828', '#2e7d32', '#6a1b9a', '#ef6c00', '#37474f'];
/** Patterns tell the lines apart where colours do not. */
const DASHES = ['', '6 3', '2 3', '8 3 2 3', '12 4', '1 4'];
const MAX_POINTS = 240;

/** The plot of an outcome as an SVG of a few KB, readable without colours. */
export function plotToSvg(title: string, plot: Outcome['plot']): string {
  const all = plot.series.flatMap(({ points }) => points);
  const toX = scale(
    all.map(([x]) => x),
    LEFT,
    WIDTH - RIGHT,
  );
  const toY = scale([0, ...all.map(([, y]) => y)], HEIGHT - BOTTOM, TOP);
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12" role="img" aria-label="${escape(title)}">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="#fff"/>`,
    `<text x="${LEFT}" y="18" font-size="14" fill="#111">${escape(title)}</text>`,
    ...toX.ticks.map((value) => {
      const x = round(toX.place(value));
      return `<path d="M${x} ${TOP}V${HEIGHT - BOTTOM}" stroke="#e3e3e3"/><text x="${x}" y="${HEIGHT - BOTTOM + 16}" text-anchor="middle" fill="#333">${short(value)}</text>`;
    }),
    ...toY.ticks.map((value) => {
      const y = round(toY.place(value));
      return `<path d="M${LEFT} ${y}H${WIDTH - RIGHT}" stroke="#e3e3e3"/><text x="${LEFT - 6}" y="${y + 4}" text-anchor="end" fill="#333">${short(value)}</text>`;
    }),
    `<path d="M${LEFT} ${TOP}V${HEIGHT - BOTTOM}H${WIDTH - RIGHT}" fill="none" stroke="#333"/>`,
    `<text x="${(LEFT + WIDTH - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle" fill="#111">${escape(plot.x)}</text>`,
    `<text transform="translate(14 ${(TOP + HEIGHT - BOTTOM) / 2}) rotate(-90)" text-anchor="middle" fill="#111">${escape(plot.y)}</text>`,
    ...plot.series.flatMap((series, index) => {
      const colour = COLOURS[index % COLOURS.length];
      const dash = DASHES[index % DASHES.length];
      const stroke = `stroke="${colour}"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}`;
      const path = thin(series)
        .map(([x, y], at) => `${at === 0 ? 'M' : 'L'}${round(toX.place(x))} ${round(toY.place(y))}`)
        .join('');
      const x = LEFT + index * 150;
      return [
        `<path d="${path}" fill="none" stroke-width="2" ${stroke}/>`,
        `<path d="M${x} 32h22" stroke-width="2" ${stroke}/><text x="${x + 27}" y="36" fill="#111">${escape(series.name)}</text>`,
      ];
    }),
    '</svg>',
  ];
  return `${parts.join('\n')}\n`;
}

interface Scale {
  readonly ticks: readonly number[];
  place(value: number): number;
}

/** Round ticks at 1, 2 or 5 times a power of ten. */
function scale(values: readonly number[], from: number, to: number): Scale {
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const most = values.reduce((greatest, value) => Math.max(greatest, value), low);
  const span = most > low ? most - low : 1;
  const rough = span / 6;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const high = Math.ceil((low + span) / step - 1e-9) * step;
  const count = Math.round((high - low) / step);
  return {
    ticks: Array.from({ length: count + 1 }, (_, index) => low + index * step),
    place: (value) => from + ((value - low) / (high - low)) * (to - from),
  };
}

function thin({ points }: Series): Series['points'] {
  if (points.length <= MAX_POINTS) return points;
  return Array.from(
    { length: MAX_POINTS },
    (_, index) =>
      points[Math.round((index * (points.length - 1)) / (MAX_POINTS - 1))] as readonly [
        number,
        number,
      ],
  );
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10);
}

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (mark) => `&#${mark.charCodeAt(0)};`);
}
