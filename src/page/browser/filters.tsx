/** What leaves rows out of a list. */
import type {JSX} from 'preact';

/** A box for text that rows must contain. @param label what it leaves, for readers of screens */
export function Search({
  label,
  text,
  onSearch,
}: {
  label: string;
  text: string;
  onSearch: (text: string) => void;
}): JSX.Element {
  return (
    <input
      type="search"
      placeholder="Filter"
      aria-label={label}
      value={text}
      onInput={({currentTarget}) => onSearch(currentTarget.value)}
    />
  );
}

/** One of several values. */
export function Choice<Value extends string>({
  label,
  value,
  options,
  onChoose,
}: {
  label: string;
  value: Value;
  options: readonly (readonly [value: Value, text: string])[];
  onChoose: (value: Value) => void;
}): JSX.Element {
  return (
    <select
      aria-label={label}
      value={value}
      onChange={({currentTarget}) => onChoose(currentTarget.value as Value)}
    >
      {options.map(([one, text]) => (
        <option key={one} value={one}>
          {text}
        </option>
      ))}
    </select>
  );
}
