/** The stage of an instance: `cell/expert` of `cell[ipc=1]/expert[path="a]"]`. */
export function stageOf(id: string): string {
  return id.replaceAll(/\[(?:[^\]"]|"(?:[^"\\]|\\.)*")*\]/g, '');
}
