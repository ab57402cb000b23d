/** Failure codes of the data folder (PIP-4000 §1). */
export type DataFolderErrorCode =
  /** Another process uses the folder. Stop that one first, or choose another folder. */
  | 'data-folder/in-use'
  /** Others may read the folder, or it belongs to somebody else. `chmod 700` it, or choose another folder. */
  | 'data-folder/too-open'
  /** The path leads to something that is no folder. Choose another path. */
  | 'data-folder/not-a-folder'
  /** The path is too long for a unix socket inside the folder (103 bytes). Choose a shorter one. */
  | 'data-folder/path-too-long'
  /** A database of the folder is damaged. Delete it if it is `lock`; restore a copy if it is the store. */
  | 'data-folder/damaged'
  /** The folder cannot be made or written; `meta.reason` is the system's code. Check permissions and space. */
  | 'data-folder/unusable';
