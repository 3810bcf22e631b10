// What of the page as it is shown now is wrong, as a list of sentences.
(() => {
  const wrong = [];
  const complain = (what, element) =>
    wrong.push(what + ": " + element.outerHTML.replace(/\s+/g, " ").slice(0, 120));
  const all = selector => [...document.querySelectorAll(selector)];

  const channels = color => {
    const numbers = color.match(/[\d.]+/g).map(Number);
    return {rgb: numbers.slice(0, 3), alpha: numbers.length > 3 ? numbers[3] : 1};
  };
  const luminance = rgb => {
    const [r, g, b] = rgb.map(c => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = element => {
    for (; element; element = element.parentElement) {
      const color = channels(getComputedStyle(element).backgroundColor);
      if (color.alpha === 1) return color.rgb;
    }
    return [255, 255, 255];
  };
  const contrast = (element, pseudo) => {
    const [light, dark] = [luminance(channels(getComputedStyle(element, pseudo).color).rgb), luminance(background(element))]
      .sort((a, b) => b - a);
    return (light + 0.05) / (dark + 0.05);
  };
  const hasText = element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim());
  for (const element of all("body *")) {
    if (!element.checkVisibility() || element.closest("svg")) continue;
    if (hasText(element) && contrast(element) < 4.5) complain("contrast " + contrast(element).toFixed(2), element);
    if (!["none", "normal", '""'].includes(getComputedStyle(element, "::before").content) && contrast(element, "::before") < 4.5)
      complain("contrast of its label " + contrast(element, "::before").toFixed(2), element);
  }

  if (all("h1").length !== 1) wrong.push("not one h1, but " + all("h1").length);
  if (all("main").length !== 1) wrong.push("not one main, but " + all("main").length);
  if (!document.documentElement.lang) wrong.push("no language");
  if (!document.title) wrong.push("no title");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) complain("a level of headings is left out", heading);
    if (!heading.textContent.trim()) complain("an empty heading", heading);
    level = own;
  }
  for (const table of all("table")) {
    if (!table.caption || !table.caption.textContent.trim()) complain("a table without a caption", table);
    for (const cell of table.querySelectorAll("thead *:not(tr)"))
      if (cell.tagName !== "TH" || cell.scope !== "col") complain("no header of a column", cell);
    for (const row of table.tBodies[0].rows) {
      if (row.cells[0].tagName !== "TH" || row.cells[0].scope !== "row") complain("a row without a header", row);
      if (row.cells.length !== table.tHead.rows[0].cells.length) complain("a row of another length", row);
    }
  }
  // To other pages of the same agent, who opens them tests; from a file there are none.
  for (const link of all("a[href]"))
    if (link.hash ? !document.getElementById(link.hash.slice(1)) : new URL(link.href).origin !== location.origin || location.protocol === "file:")
      complain("a link that leads nowhere", link);
  for (const named of all("[aria-labelledby]"))
    if (!document.getElementById(named.getAttribute("aria-labelledby"))) complain("a name that is not there", named);
  for (const picture of all("svg:not([aria-hidden])"))
    if (picture.getAttribute("role") !== "img" || !picture.getAttribute("aria-label")) complain("a picture without words", picture);
  for (const nav of all("nav")) if (!nav.getAttribute("aria-label")) complain("a nav without a name", nav);
  const ids = all("[id]").map(element => element.id);
  for (const id of new Set(ids)) if (ids.filter(other => other === id).length > 1) wrong.push("an id twice: " + id);

  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    wrong.push(`the page is ${document.documentElement.scrollWidth} wide on a screen of ${width}`);
    for (const element of all("body *"))
      if (element.getBoundingClientRect().right > width + 1 && !element.children.length) complain("too far right", element);
  }
  return wrong;
})()
