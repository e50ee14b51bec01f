/** A family of Prometheus' text format. */
export interface Family {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  /** One per line of values: the name as it stands there (`…_bucket` too), and its labels. */
  readonly series: readonly Series[];
}

export interface Series {
  readonly name: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
}

/** Reads what a node's `/metrics` answers. */
export function families(text: string): Family[] {
  return text
    .split(/^# HELP /m)
    .slice(1)
    .map((part) => {
      const [head, ...lines] = part.split('\n');
      const [, name, help] = /^(\S+) (.*)$/.exec(head as string) as unknown as [string, string, string];
      const type = /^# TYPE \S+ (\S+)$/.exec(lines[0] as string)?.[1] as string;
      const series = lines
        .slice(1)
        .filter((line) => line !== '')
        .map(seriesOf);
      return { name, type, help, series };
    });
}

/** Values by name and labels as they are written. */
export function valuesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

function seriesOf(line: string): Series {
  const [, name, labels = '', value] = /^([a-z_:]+)(?:\{(.*)\})? (\S+)$/i.exec(line) as RegExpExecArray;
  const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
  return {
    name: name as string,
    labels: new Map(pairs.map(([, label, text]) => [label as string, text as string])),
    value: Number(value),
  };
}
