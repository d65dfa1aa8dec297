import { closeSync, existsSync, fsyncSync, openSync, readSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../shared/messageOf.ts";

/** The data file cannot be used as it is. It was left as it was; `message` says which it is, what is wrong and what to do. */
export class DataFileError extends Error {
  override readonly name = "DataFileError";
}

/** "ownb", in the place that SQLite keeps for telling whose file it is. */
const APPLICATION_ID = 0x6f776e62;
const SCHEMA_VERSION = 1;

/** Up to this size every page of the file is checked at the start; beyond it, only what the start reads. In bytes. */
const FULL_CHECK_BYTES = 64 * 1024 * 1024;

const SCHEMA = `
CREATE TABLE queue (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL UNIQUE COLLATE NOCASE,
  properties TEXT NOT NULL,
  created_at_ms INTEGER NOT NULL,
  updated_at_ms INTEGER NOT NULL,
  last_sequence_number INTEGER NOT NULL DEFAULT 0
) STRICT;
-- Two for each queue: its own messages, and its dead letters. The messages are in a table each, message_<id>.
-- Their numbers are kept here, written with every transaction that changes them: counting a million rows would take most of a second.
CREATE TABLE entity (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  queue_id INTEGER NOT NULL REFERENCES queue (id),
  dead INTEGER NOT NULL,
  available INTEGER NOT NULL DEFAULT 0,
  deferred INTEGER NOT NULL DEFAULT 0,
  scheduled INTEGER NOT NULL DEFAULT 0,
  size_bytes INTEGER NOT NULL DEFAULT 0,
  UNIQUE (queue_id, dead)
) STRICT;
CREATE TABLE seen_message_id (
  queue_id INTEGER NOT NULL,
  message_id TEXT NOT NULL,
  seen_at_ms INTEGER NOT NULL,
  PRIMARY KEY (queue_id, message_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX seen_message_id_by_time ON seen_message_id (queue_id, seen_at_ms);
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/**
 * Opens the file, or makes it when there is none. Nobody else can open it meanwhile.
 * @param path undefined: in memory, gone with the process.
 * @throws {DataFileError} when it is another program's, damaged, in use, or cannot be made.
 */
export function openDataFile(path: string | undefined): DatabaseSync {
  if (path === undefined) {
    const db = new DatabaseSync(":memory:");
    db.exec(SCHEMA);
    return db;
  }
  const file = resolve(path);
  if (!existsSync(file)) create(file);
  refuseForeign(file);
  let db: DatabaseSync | undefined;
  try {
    db = new DatabaseSync(file, { timeout: 0 });
    // One process owns the file: no shared memory beside it, and a second emulator is refused.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;");
    db.exec("PRAGMA cell_size_check = ON; PRAGMA cache_size = -8000; PRAGMA temp_store = MEMORY;");
    db.exec("BEGIN IMMEDIATE; COMMIT;");
    check(db, file);
    return db;
  } catch (error) {
    db?.close();
    throw explained(error, file);
  }
}

/** Made under another name, so that a file of the right name is always whole. */
function create(file: string): void {
  const unfinished = `${file}.new`;
  try {
    for (const left of [unfinished, `${unfinished}-journal`]) rmSync(left, { force: true });
    const db = new DatabaseSync(unfinished);
    db.exec(`PRAGMA synchronous = FULL; BEGIN; ${SCHEMA} COMMIT;`);
    db.close();
    renameSync(unfinished, file);
    const directory = openSync(dirname(file), "r");
    fsyncSync(directory);
    closeSync(directory);
  } catch (error) {
    const advice = "give a file in a directory that exists, may be written to and has space";
    throw new DataFileError(`cannot make the data file ${file}: ${messageOf(error)}; ${advice}`, { cause: error });
  }
}

/** Looks at the file's header before SQLite does, which would change a file of another program by opening it. */
function refuseForeign(file: string): void {
  const header = Buffer.alloc(100);
  let sizeBytes: number;
  try {
    const handle = openSync(file, "r");
    readSync(handle, header, 0, header.length, 0);
    closeSync(handle);
    sizeBytes = statSync(file).size;
  } catch (error) {
    throw new DataFileError(`cannot read the data file ${file}: ${messageOf(error)}`, { cause: error });
  }
  const another = "name another file, or move this one away";
  if (header.toString("latin1", 0, 16) !== "SQLite format 3\0") {
    throw new DataFileError(`${file} is not a data file of this emulator (it is no SQLite database); ${another}`);
  }
  if (header.readUInt32BE(68) !== APPLICATION_ID) {
    throw new DataFileError(`${file} is not a data file of this emulator (another program's database); ${another}`);
  }
  const version = header.readUInt32BE(60);
  if (version !== SCHEMA_VERSION) {
    const known = `this emulator knows version ${SCHEMA_VERSION}`;
    throw new DataFileError(
      `${file} is a data file of version ${version}, ${known}; run the emulator that made it, or ${another}`,
    );
  }
  const pageSizeBytes = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16);
  const expectedBytes = pageSizeBytes * header.readUInt32BE(28);
  // A checkpoint writes the first page before the last ones; when it was killed between, they are in the log, and SQLite takes them from there.
  const logBytes = statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0;
  if (sizeBytes < expectedBytes && logBytes === 0) {
    throw damaged(file, `it has ${sizeBytes} bytes, by its own header it should have ${expectedBytes}`);
  }
}

function check(db: DatabaseSync, file: string): void {
  if (statSync(file).size <= FULL_CHECK_BYTES) {
    const found = db
      .prepare("PRAGMA quick_check(3)")
      .all()
      .map((row) => String(row.quick_check));
    if (found.length !== 1 || found[0] !== "ok") throw damaged(file, found.join("; "));
  }
}

function explained(error: unknown, file: string): DataFileError {
  if (error instanceof DataFileError) return error;
  const code = sqliteCode(error);
  if (code === SQLITE_BUSY) {
    const advice = "stop that process, or name another file";
    return new DataFileError(`the data file ${file} is in use by another process; ${advice}`, { cause: error });
  }
  if (code === SQLITE_CORRUPT || code === SQLITE_NOTADB) return damaged(file, messageOf(error), error);
  return new DataFileError(`cannot use the data file ${file}: ${messageOf(error)}`, { cause: error });
}

/** That it is damaged, found at the start or later. */
function damaged(file: string, what: string, cause?: unknown): DataFileError {
  const advice =
    "nothing was changed; restore it from a copy, or save what `sqlite3 <file> .recover` finds, or move it away to start empty";
  return new DataFileError(`the data file ${file} is damaged: ${what}; ${advice}`, { cause });
}

/** {@link https://sqlite.org/rescode.html | SQLite's primary result codes}. */
const SQLITE_BUSY = 5;
const SQLITE_CORRUPT = 11;
export const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** The primary result code of an error of SQLite's; undefined of any other. */
export function sqliteCode(error: unknown): number | undefined {
  const code: unknown = typeof error === "object" && error !== null && "errcode" in error ? error.errcode : undefined;
  return typeof code === "number" ? code & 0xff : undefined;
}
