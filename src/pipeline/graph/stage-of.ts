/** `cell/expert` of `cell[ipc=1]/expert[path="a]"]`: the stage that an instance is of. */
export function stageOf(id: string): string {
  return id.replaceAll(/\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]/g, '');
}
