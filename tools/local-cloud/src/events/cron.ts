/** Cron expressions of six fields: minutes, hours, day of month, month, day of week, year. */

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const WEEKDAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];
const DAY = 86_400_000;
const LAST_YEAR = 2199;

/** A field's limits, and the names that stand for its numbers, counted from the least. */
interface Field {
  readonly name: string;
  readonly least: number;
  readonly greatest: number;
  readonly names?: readonly string[];
}

const MINUTES: Field = { name: 'minutes', least: 0, greatest: 59 };
const HOURS: Field = { name: 'hours', least: 0, greatest: 23 };
const DAY_OF_MONTH: Field = { name: 'day of month', least: 1, greatest: 31 };
const MONTH: Field = { name: 'month', least: 1, greatest: 12, names: MONTHS };
const DAY_OF_WEEK: Field = { name: 'day of week', least: 1, greatest: 7, names: WEEKDAYS };
const YEAR: Field = { name: 'year', least: 1970, greatest: LAST_YEAR };

type DayTest = (date: Date) => boolean;

/**
 * Compiles the six fields to a function from a moment to the next that they name, in milliseconds since the epoch
 * (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html#eb-cron-expressions).
 * @throws Error where a field is not valid
 */
export function compileCron(expression: string): (after: number) => number | undefined {
  const fields = expression.trim().split(/\s+/);
  const [minutes, hours, dayOfMonth, month, dayOfWeek, year] = fields;
  if (minutes === undefined || hours === undefined || dayOfMonth === undefined || month === undefined)
    throw tooFew(fields);
  if (dayOfWeek === undefined || year === undefined || fields.length !== 6) throw tooFew(fields);
  if ((dayOfMonth === '?') === (dayOfWeek === '?')) throw new Error('one of day of month and day of week must be ?');

  const inMinutes = sorted(valuesOf(MINUTES, minutes));
  const inHours = sorted(valuesOf(HOURS, hours));
  const inMonths = valuesOf(MONTH, month);
  const inYears = valuesOf(YEAR, year);
  const isDay = dayOfMonth === '?' ? dayOfWeekTest(dayOfWeek) : dayOfMonthTest(dayOfMonth);

  return (after) => {
    const from = Math.floor(after / 60_000) * 60_000 + 60_000;
    for (let day = Math.floor(from / DAY) * DAY; ; day += DAY) {
      const date = new Date(day);
      if (date.getUTCFullYear() > LAST_YEAR) return undefined;
      if (!inYears.has(date.getUTCFullYear()) || !inMonths.has(date.getUTCMonth() + 1) || !isDay(date)) continue;
      const moment = firstMoment(day, inHours, inMinutes, from);
      if (moment !== undefined) return moment;
    }
  };
}

function tooFew(fields: readonly string[]): Error {
  return new Error(`six fields are required, not ${fields.length}`);
}

function firstMoment(
  day: number,
  hours: readonly number[],
  minutes: readonly number[],
  from: number,
): number | undefined {
  for (const hour of hours) {
    for (const minute of minutes) {
      const moment = day + (hour * 60 + minute) * 60_000;
      if (moment >= from) return moment;
    }
  }
  return undefined;
}

function sorted(values: ReadonlySet<number>): number[] {
  return [...values].sort((left, right) => left - right);
}

/** `*`, `5`, `MON-FRI`, `0/15`, `10-20/2`, and lists of these. */
function valuesOf(field: Field, text: string): Set<number> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step, ...more] = item.split('/');
    const [first, last] = rangeOf(field, range, step !== undefined);
    const by = step === undefined ? 1 : Number(step);
    if (more.length > 0 || !Number.isInteger(by) || by < 1) throw invalid(field, text);
    for (let value = first; value <= last; value += by) values.add(value);
  }
  return values;
}

function rangeOf(field: Field, range: string, hasStep: boolean): [number, number] {
  if (range === '*') return [field.least, field.greatest];
  const [from = '', to, ...more] = range.split('-');
  const first = valueOf(field, from);
  const last = to === undefined ? (hasStep ? field.greatest : first) : valueOf(field, to);
  if (more.length > 0 || last < first) throw invalid(field, range);
  return [first, last];
}

function valueOf(field: Field, text: string): number {
  const named = field.names?.indexOf(text.toUpperCase()) ?? -1;
  const value = named >= 0 ? named + field.least : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= field.least && value <= field.greatest)) throw invalid(field, text);
  return value;
}

function invalid(field: Field, text: string): Error {
  return new Error(`${text} is no valid ${field.name}`);
}

/** Besides numbers: `L`, the last day; `15W`, the weekday nearest to the 15th in its month; `LW`, the last weekday. */
function dayOfMonthTest(text: string): DayTest {
  if (text === 'L') return (date) => date.getUTCDate() === daysInMonth(date);
  const nearTo = /^(\d+|L)W$/.exec(text)?.[1];
  if (nearTo === undefined) {
    const days = valuesOf(DAY_OF_MONTH, text);
    return (date) => days.has(date.getUTCDate());
  }
  const wanted = nearTo === 'L' ? undefined : valueOf(DAY_OF_MONTH, nearTo);
  return (date) => date.getUTCDate() === nearestWeekday(date, wanted ?? daysInMonth(date));
}

/** Undefined where the month has no such day. */
function nearestWeekday(month: Date, day: number): number | undefined {
  const days = daysInMonth(month);
  if (day > days) return undefined;
  const weekday = new Date(Date.UTC(month.getUTCFullYear(), month.getUTCMonth(), day)).getUTCDay();
  if (weekday === 6) return day > 1 ? day - 1 : day + 2;
  if (weekday === 0) return day < days ? day + 1 : day - 2;
  return day;
}

/** Besides numbers: `L`, Saturday; `6L`, the last Friday of the month; `3#2`, its second Tuesday. */
function dayOfWeekTest(text: string): DayTest {
  if (text === 'L') return (date) => date.getUTCDay() === 6;
  const last = /^(\w+)L$/.exec(text)?.[1];
  if (last !== undefined) {
    const weekday = valueOf(DAY_OF_WEEK, last);
    return (date) => date.getUTCDay() + 1 === weekday && date.getUTCDate() + 7 > daysInMonth(date);
  }
  const [, nth, count] = /^(\w+)#([1-5])$/.exec(text) ?? [];
  if (nth !== undefined) {
    const weekday = valueOf(DAY_OF_WEEK, nth);
    return (date) => date.getUTCDay() + 1 === weekday && Math.ceil(date.getUTCDate() / 7) === Number(count);
  }
  const weekdays = valuesOf(DAY_OF_WEEK, text);
  return (date) => weekdays.has(date.getUTCDay() + 1);
}

function daysInMonth(date: Date): number {
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
}
