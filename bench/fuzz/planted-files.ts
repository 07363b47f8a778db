import {spawnSync} from 'node:child_process';
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  lutimesSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';

/** The user who plants files. Needs no account. */
export const other = {uid: 65_534, gid: 65_534};

/** A store that another user may write to, as far as its modes allow. */
export interface Place {
  readonly store: string;
  /** Files of the owner outside of the store: a folder `keys`, with a file `authorized_keys` and folders. */
  readonly home: string;
  /** Whether the sticky bit keeps users from renaming or removing other users' files. */
  readonly isSticky: boolean;
}

export interface Plant {
  readonly name: string;
  /** Whether it is planted in folders of the store, and not only at its top. */
  readonly deep: boolean;
  readonly plant: (place: Place) => void;
}

const withFiles = 'cas records index fingerprints leases members checkpoints runs work'.split(' ');
const withFolders = 'cas records fingerprints checkpoints work runs tmp'.split(' ');
const tops = [...withFiles, 'tmp', 'quarantine'];

/** Everything that is planted. The first plants nothing. */
export const plants: readonly Plant[] = [
  {name: 'nothing', deep: false, plant: () => undefined},
  ...tops.map((name) => top(`${name} is a link to a folder of the owner's`, name, linkTo('keys'))),
  ...['work', 'tmp', 'index', 'store.json'].flatMap((name) => [
    top(`${name} is a pipe`, name, pipe),
    top(`${name} is a link to nothing`, name, linkTo('new')),
  ]),
  ...withFolders.map((name) => ({
    name: `all in ${name} are links to a folder of the owner's`,
    deep: true,
    plant: (place: Place) => inEach(place, name, (file) => linkTo('keys')(place, file)),
  })),
  ...withFiles.flatMap((name) => [
    files(
      `all files in ${name} are links to one of the owner's`,
      name,
      linkTo('keys/authorized_keys'),
    ),
    files(`all files in ${name} are pipes`, name, pipe),
  ]),
  {
    name: 'pinned and report.html of a run are links',
    deep: true,
    plant: (place) =>
      inEach(place, 'runs', (run) => {
        for (const name of ['pinned', 'report.html'])
          linkTo('keys/authorized_keys')(place, path.join(run, name));
      }),
  },
];

type Put = (place: Place, file: string) => void;

function top(name: string, file: string, put: Put): Plant {
  return {name, deep: false, plant: (place) => put(place, path.join(place.store, file))};
}

function files(name: string, folder: string, put: Put): Plant {
  const plant = (place: Place): void => {
    const root = path.join(place.store, folder);
    for (const entry of readdirSync(root, {recursive: true, withFileTypes: true})) {
      if (entry.isFile()) put(place, path.join(entry.parentPath, entry.name));
    }
  };
  return {name, deep: true, plant};
}

function inEach({store}: Place, name: string, change: (file: string) => void): void {
  for (const entry of readdirSync(path.join(store, name))) change(path.join(store, name, entry));
}

/** Replaces a file by a link of the other user. */
function linkTo(target: string): Put {
  return (place, file) => {
    if (!makesRoom(place, file)) return;
    symlinkSync(path.join(place.home, target), file);
    lchownSync(file, other.uid, other.gid);
    lutimesSync(file, 1e9, 1e9);
  };
}

function pipe(place: Place, file: string): void {
  if (!makesRoom(place, file)) return;
  const {status, stderr} = spawnSync('mkfifo', [file]);
  if (status !== 0) throw new Error(String(stderr));
  chmodSync(file, 0o666);
  chownSync(file, other.uid, other.gid);
}

function makesRoom({isSticky}: Place, file: string): boolean {
  const found = lstatSync(file, {throwIfNoEntry: false});
  if (found === undefined) return true;
  if (isSticky) return false;
  if (found.isDirectory()) renameSync(file, `${file}.was`);
  else rmSync(file);
  return true;
}
