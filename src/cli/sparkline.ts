/** A row of bars, each as high as its number. */
const BARS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const;

/** Nothing is shown as the lowest bar, and only the highest number as the highest. */
export function sparkline(numbers: readonly number[]): string {
  const most = Math.max(0, ...numbers);
  return numbers.map((number) => (most === 0 ? BARS[0] : (BARS[Math.floor((number / most) * 7)] ?? BARS[0]))).join('');
}
