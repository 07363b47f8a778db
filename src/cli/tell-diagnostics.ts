import type {Diagnostic} from '../diagnostics/diagnostic.ts';
import {formatDiagnostics} from '../diagnostics/format-diagnostics.ts';
import {Painted} from '../report/format/painted.ts';
import type {Screen} from '../report/live/reporter.ts';

/** Prints diagnostics, in colour if that is wanted. `formatDiagnostics` replaces invisible characters in quotes. */
export function tellDiagnostics(diagnostics: readonly Diagnostic[], screen: Screen): void {
  screen.write(
    new Painted(
      formatDiagnostics(diagnostics, {color: screen.colours, columns: screen.size().columns}),
    ),
  );
}
