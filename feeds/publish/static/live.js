// Tells on an open page how many stories have come since. The page is whole without it. Where the
// server names no stream (Link rel="monitor", RFC 5989), as where files are all there is, it is still.
"use strict";
{
  const line = document.querySelector(".live");
  const { page, stream, one, many, some } = line.dataset;
  const loaded = Date.parse(document.lastModified);
  const fresh = new Set();
  let source = null;

  const head = async () => (await fetch(page, { method: "HEAD", cache: "no-store" })).headers;

  const button = document.createElement("button");
  button.addEventListener("click", () => {
    scrollTo(0, 0);
    location.reload();
  });

  const say = (words) => {
    button.textContent = words;
    if (!words) button.remove();
    else if (!button.isConnected) line.append(button);
  };

  const hear = ({ data }) => {
    const { id, verdict } = JSON.parse(data);
    if (verdict === "withdrawn") fresh.delete(id);
    else if (verdict === "new" && !document.querySelector(`a[href$="/articles/${id}/"]`)) fresh.add(id);
    if (fresh.size) say(fresh.size === 1 ? one : many.replace("{}", fresh.size));
    else if (line.textContent !== some) say("");
  };

  // What came between the page and the stream, or while nobody looked, is known by the page's date.
  const compare = async () => {
    const changed = Date.parse((await head()).get("Last-Modified"));
    if (changed > loaded && !fresh.size) say(some);
  };

  // A page that nobody sees does not listen: browsers allow a site few connections at once.
  const follow = () => {
    source?.close();
    source = document.hidden ? null : new EventSource(stream);
    source?.addEventListener("story", hear);
    source?.addEventListener("open", () => compare().catch(() => {}));
  };

  head().then((headers) => {
    if (!/\brel="monitor"/.test(headers.get("Link"))) return;
    follow();
    document.addEventListener("visibilitychange", follow);
  }, () => {});
}
