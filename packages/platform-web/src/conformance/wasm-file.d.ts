declare module '@sqlite.org/sqlite-wasm/sqlite3.wasm' {
  /** The bundler puts the content of the file here. */
  const content: Uint8Array<ArrayBuffer>;
  export default content;
}
