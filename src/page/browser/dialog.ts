import type {RefObject} from 'preact';
import {useLayoutEffect, useRef} from 'preact/hooks';

/** A dialog that is open as soon as something to show in it is drawn, and closed when there is nothing. */
export function useDialog(isOpen: boolean): RefObject<HTMLDialogElement | null> {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    if (!isOpen) dialog.current?.close();
    else if (dialog.current?.open === false) dialog.current.showModal();
  }, [isOpen]);
  return dialog;
}
