/** Numbers as people read them. */

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const BYTE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB']

/** `12,345`. */
export function count(value: number): string {
  return WHOLE.format(value)
}

/** `1 line`, `2 lines`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

/** `1.5 MiB`. */
export function bytes(value: number): string {
  let [size, unit] = [value, 0]
  while (size >= 1024 && unit < BYTE_UNITS.length - 1) {
    size /= 1024
    unit += 1
  }
  return `${unit === 0 || size >= 100 ? count(size) : size.toFixed(1)} ${BYTE_UNITS[unit]}`
}

/** `40 ms`, `1.4 s`, `12 s`, `3 min 5 s`, `2 h 10 min`, `4 d 3 h`. */
export function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  if (whole < 86_400) return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`
  return `${Math.floor(whole / 86_400)} d ${Math.floor((whole % 86_400) / 3_600)} h`
}

/** `0.41`, `3.2`, `120`: three digits that matter. */
export function figure(value: number): string {
  if (value >= 100) return count(value)
  return value.toFixed(value >= 10 ? 1 : 2)
}
