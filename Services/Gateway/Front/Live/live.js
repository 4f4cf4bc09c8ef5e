"use strict";
(() => {
  const POLL = 2000, LONGEST_WAIT = 16000, TIMEOUT = 5000, SPAN = 60, READING = 7000;
  const SERVICES = ["gateway", "user", "catalog", "order", "cashback", "wallet", "notification",
    "cms", "analytics"];
  const COUNTS = [["people", "People"], ["clicks", "Clicks"], ["sales", "Sales"],
    ["orders", "Orders"], ["refunds", "Refunds"], ["messages", "Messages"], ["pages", "Pages"]];
  const AMOUNTS = [["cashback_credited", "Cashback credited"], ["paid_out", "Paid out"]];
  const STEPS = { clicked: "Clicked", sold: "Sold", approved: "Approved", credited: "Credited",
    clawed_back: "Clawed back", paid_out: "Paid out" };

  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const number = new Intl.NumberFormat("en");
  const compact = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 2 });
  const count = (value) => (value < 1e9 ? number : compact).format(value);
  const clock = new Intl.DateTimeFormat("en-GB", { timeStyle: "medium" });
  const date = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });

  // Whatever comes from the platform becomes text, never markup.
  const element = (tag, name, text) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    if (text !== undefined) made.textContent = text;
    return made;
  };
  const say = (target, text) => { if (target.textContent !== text) target.textContent = text; };
  const list = (value) => (Array.isArray(value) ? value : []);
  const whole = (value) => (Number.isFinite(value) ? Math.max(0, Math.trunc(value)) : 0);
  const put = (target, text) => {
    say(target, text);
    target.classList.toggle("long", text.length > 11);
  };
  const flash = (target) => {
    target.classList.add("fresh");
    setTimeout(() => target.classList.remove("fresh"), 60);
  };

  const formats = new Map();
  const money = (value) => {
    if (!value || !Number.isFinite(value.amount_minor)) return "–";
    const code = String(value.currency);
    if (!formats.has(code)) {
      let format = null;
      try {
        format = new Intl.NumberFormat("en", { style: "currency", currency: code });
      } catch { /* A currency that this browser does not know is written out. */ }
      formats.set(code, format);
    }
    const format = formats.get(code);
    if (!format) return `${number.format(value.amount_minor)} ${code}`;
    const digits = format.resolvedOptions().maximumFractionDigits;
    return format.format(value.amount_minor / 10 ** digits);
  };
  const when = (text) => {
    const time = new Date(text);
    if (Number.isNaN(time.getTime())) return "";
    const isToday = new Date().toDateString() === time.toDateString();
    return isToday ? clock.format(time) : date.format(time);
  };
  const span = (milliseconds) => {
    const seconds = milliseconds / 1000;
    if (seconds < 0.995) return `${Math.round(milliseconds)} ms`;
    if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
    return `${number.format(Math.round(seconds / 86400))} days`;
  };

  // The chart: seconds move to the left all the time, a little behind the present, so that what is
  // drawn at the right edge is complete.
  const chart = (() => {
    const canvas = at("chart");
    const pen = canvas.getContext("2d");
    const LAG = 3;
    const counts = new Map(), heights = new Map();
    let ahead = 0, scale = 4, frame = 0, ink = {};
    const paint = () => {
      const style = getComputedStyle(root);
      for (const name of ["gold", "gold-soft", "line", "dim"]) {
        ink[name] = style.getPropertyValue(`--${name}`).trim();
      }
    };
    const nice = (highest) => {
      const value = Math.max(highest, 4), power = 10 ** Math.floor(Math.log10(value));
      const steps = [1, 1.5, 2, 3, 4, 6, 8, 10].map((step) => step * power);
      return steps.find((step) => step >= value) ?? value;
    };
    const draw = () => {
      const { clientWidth: width, clientHeight: height } = canvas;
      const ratio = Math.min(devicePixelRatio || 1, 3);
      if (canvas.width !== Math.round(width * ratio)
        || canvas.height !== Math.round(height * ratio)) {
        canvas.width = Math.round(width * ratio);
        canvas.height = Math.round(height * ratio);
      }
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      const now = (Date.now() + ahead) / 1000 - LAG;
      let highest = 0;
      for (const [second, count] of counts) {
        if (second > now - SPAN - 2) highest = Math.max(highest, count);
      }
      const goal = nice(highest);
      // It makes room at once and closes up slowly: no bar is taller than its number says.
      scale = calm.matches || goal > scale ? goal : scale + (goal - scale) * 0.12;
      const foot = height - 22, slot = width / SPAN, bar = Math.max(2, slot * 0.62);
      pen.font = `12px ${getComputedStyle(canvas).fontFamily}`;
      pen.lineWidth = 1;
      pen.textBaseline = "bottom";
      for (const part of [0.5, 1]) {
        const y = Math.round(foot - (foot - 18) * part * (goal / scale)) + 0.5;
        pen.strokeStyle = ink.line;
        pen.beginPath();
        pen.moveTo(0, y);
        pen.lineTo(width, y);
        pen.stroke();
      }
      const fill = pen.createLinearGradient(0, foot, 0, 0);
      fill.addColorStop(0, ink["gold-soft"]);
      fill.addColorStop(0.75, ink.gold);
      for (let second = Math.floor(now) - SPAN; second <= Math.floor(now); second += 1) {
        const target = counts.get(second) ?? 0;
        const before = heights.get(second) ?? 0;
        const value = calm.matches ? target : before + (target - before) * 0.18;
        heights.set(second, value);
        const x = width - (now - second) * slot;
        const tall = Math.max(target ? 3 : 2, (value / scale) * (foot - 18));
        pen.fillStyle = target ? fill : ink.line;
        // The past fades.
        pen.globalAlpha = Math.max(0, Math.min(
          0.4 + (0.6 * x) / width, (x + bar) / (slot * 5), (width - x) / slot));
        pen.beginPath();
        pen.roundRect(x, foot - tall, bar, tall, Math.min(3, bar / 2, tall / 2));
        pen.fill();
      }
      pen.globalAlpha = 1;
      pen.fillStyle = ink.dim;
      pen.textAlign = "left";
      pen.fillText("a minute ago", 0, height);
      pen.textAlign = "right";
      pen.fillText("now", width, height);
      pen.textAlign = "left";
      for (const part of [0.5, 1]) {
        const y = Math.round(foot - (foot - 18) * part * (goal / scale));
        pen.fillText(number.format(Math.round(goal * part * 100) / 100), 0, y - 3);
      }
    };
    const turn = () => {
      draw();
      frame = document.hidden || calm.matches ? 0 : requestAnimationFrame(turn);
    };
    const wake = () => { if (!frame) frame = requestAnimationFrame(turn); };
    addEventListener("resize", wake);
    dark.addEventListener("change", () => { paint(); wake(); });
    paint();
    wake();
    return {
      wake,
      take: (pulse) => {
        const end = Math.floor(Date.parse(pulse.at) / 1000);
        if (!Number.isFinite(end)) return;
        // The platform's clock, not this machine's, says which second it is.
        ahead = Date.parse(pulse.at) - Date.now();
        const seconds = list(pulse.per_second).slice(-SPAN).map(whole);
        seconds.forEach((count, index) => counts.set(end - seconds.length + index, count));
        for (const map of [counts, heights]) {
          for (const second of map.keys()) if (second < end - SPAN - 5) map.delete(second);
        }
        const latest = seconds.slice(-11, -1);
        const mean = latest.reduce((sum, count) => sum + count, 0) / Math.max(1, latest.length);
        const rate = mean > 0 && mean < 9.95 ? mean.toFixed(1) : number.format(Math.round(mean));
        const peak = number.format(Math.max(0, ...seconds));
        say(at("rate"), rate);
        say(at("peak"), peak);
        canvas.setAttribute("aria-label",
          `Events per second over the last minute: now ${rate}, at most ${peak}.`);
        document.title = `${rate}/s · Souk`;
        wake();
      },
    };
  })();

  const services = new Map();
  for (const name of SERVICES) addService(name);
  function addService(name) {
    const item = element("li"), label = element("b", "", name), line = element("p");
    const state = element("span", "state", "–"), note = element("span");
    label.title = name;
    line.append(state, note);
    item.append(label, line);
    at("services").append(item);
    services.set(name, { item, state, note });
  }
  const showService = (name, state, text, note = "") => {
    if (!services.has(name) && services.size < 24) addService(name);
    const tile = services.get(name);
    if (!tile) return;
    tile.item.dataset.state = state;
    say(tile.state, text);
    say(tile.note, note);
  };
  const showPlatform = (platform) => {
    const words = { ready: "Ready", degraded: "Degraded", down: "Down" };
    const named = list(platform.services).filter((service) => service && service.name);
    let ready = 0;
    if (!named.some((service) => service.name === "gateway")) {
      showService("gateway", "ready", "Ready");
      ready += 1;
    }
    for (const service of named) {
      const replicas = list(service.replicas);
      const open = replicas.filter((replica) => replica.breaker && replica.breaker !== "closed");
      const answered = replicas.map((replica) => replica.latency_ms).filter(Number.isFinite);
      let text = words[service.state] ?? "Unknown", note = "";
      if (service.state === "ready") ready += 1;
      if (replicas.length > 1) {
        const good = replicas.filter((replica) => replica.state === "ready").length;
        text += ` ${good}/${replicas.length}`;
      }
      if (open.length) note = "breaker open";
      else if (answered.length && service.state !== "down") {
        const latency = Math.max(...answered);
        note = `${latency < 9.95 ? latency.toFixed(1) : Math.round(latency)} ms`;
      }
      showService(String(service.name), service.state, text, note);
    }
    say(at("services-count"), `${ready} of ${services.size} ready`);
  };
  const doubtServices = (isGatewayDown) => {
    for (const name of services.keys()) showService(name, "unknown", "Not known");
    if (isGatewayDown) showService("gateway", "down", "No answer");
    say(at("services-count"), "");
  };

  const totals = new Map();
  for (const [key, label] of [...COUNTS, ...AMOUNTS]) {
    const group = element("div"), value = element("dd", "", "–"), more = element("dd", "more");
    const isMoney = AMOUNTS.some(([name]) => name === key);
    if (isMoney) value.classList.add("money");
    group.append(element("dt", "", label), value);
    if (isMoney) group.append(more);
    at("totals").append(group);
    totals.set(key, { value, more, last: null });
  }
  const climb = (total, goal) => {
    const start = total.last;
    total.last = goal;
    if (start === goal) return;
    if (start === null || calm.matches || document.hidden) {
      put(total.value, count(goal));
      return;
    }
    flash(total.value);
    const began = performance.now();
    const step = (now) => {
      if (total.last !== goal) return;
      const part = Math.min(1, (now - began) / 900);
      put(total.value, count(Math.round(start + (goal - start) * (1 - (1 - part) ** 3))));
      if (part < 1) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  };
  const showTotals = (sums) => {
    for (const [key] of COUNTS) climb(totals.get(key), whole(sums?.[key]));
    for (const [key] of AMOUNTS) {
      const total = totals.get(key);
      const amounts = list(sums?.[key]).slice()
        .sort((left, right) => right.amount_minor - left.amount_minor);
      const text = amounts.length ? money(amounts[0]) : "–";
      if (total.last !== null && total.last !== text) flash(total.value);
      total.last = text;
      put(total.value, text);
      const rest = amounts.slice(1, 3).map(money).join(", ");
      say(total.more, rest && (amounts.length > 3 ? `and ${rest}, …` : `and ${rest}`));
    }
  };

  const topics = new Map();
  const showTopics = (lines) => {
    const known = list(lines).filter((line) => line && line.topic).slice(0, 24);
    const highest = Math.max(1, ...known.map((line) => whole(line.events)));
    let sum = 0;
    for (const line of known) {
      const events = whole(line.events), name = String(line.topic);
      sum += events;
      if (!topics.has(name)) {
        const item = element("li"), rail = element("span", "bar"), bar = element("i");
        const label = element("span", "topic", name), shown = element("span", "events");
        label.title = name;
        rail.append(bar);
        item.append(label, rail, shown);
        at("topics").append(item);
        topics.set(name, { bar, shown, item, last: null });
      }
      const topic = topics.get(name);
      if (topic.last !== null && events > topic.last) flash(topic.bar);
      topic.last = events;
      // By the root, so that quiet topics are seen beside busy ones.
      topic.bar.style.transform = `scaleX(${Math.sqrt(events / highest)})`;
      say(topic.shown, count(events));
      topic.item.title = line.last_at ? `last at ${when(line.last_at)}` : "nothing yet";
    }
    say(at("all"), number.format(sum));
  };

  const short = (text) => {
    const letters = Array.from(String(text));
    return letters.length > 48 ? `${letters.slice(0, 47).join("")}…` : letters.join("");
  };
  let way = "", sale = null, changedAt = 0;
  const showJourney = (journey) => {
    const steps = list(journey?.steps).filter((step) => step && STEPS[step.name]).slice(0, 8);
    at("journey-none").hidden = steps.length > 0 || way !== "";
    if (!steps.length) return;
    const key = JSON.stringify(journey);
    if (key === way) return;
    // Another sale waits until this one can have been read.
    const isOther = journey.conversion_id !== sale, now = performance.now();
    if (isOther && way !== "" && now - changedAt < READING) return;
    const isFirst = way === "";
    if (isOther) changedAt = now;
    sale = journey.conversion_id;
    way = key;
    const shop = journey.merchant ? `at ${short(journey.merchant)}` : "at a shop";
    const network = journey.network === "souk"
      ? "bought on the platform" : `reported by network ${short(journey.network)}`;
    say(at("journey-shop"), `${shop}, ${network}`);
    const items = steps.map((step, index) => {
      const item = element("li");
      item.dataset.name = step.name;
      item.style.animationDelay = `${index * 90}ms`;
      const time = element("time", "", when(step.at));
      time.dateTime = String(step.at);
      // A shop may report that it sold long before the click.
      const earlier = steps.slice(0, index).map((other) => Date.parse(other.at));
      const before = index ? Date.parse(step.at) - Math.max(...earlier) : NaN;
      item.append(
        element("span", "name", STEPS[step.name]),
        element("span", "amount", step.amount ? money(step.amount) : "\u00a0"),
        time,
        element("span", "after", before >= 0 ? `after ${span(before)}` : "\u00a0"));
      return item;
    });
    at("journey").classList.toggle("fresh-way", isOther && !isFirst);
    at("journey").replaceChildren(...items);
  };

  const tell = (state, text) => {
    at("status").dataset.state = state;
    say(at("status-text"), text);
  };

  class Fault extends Error {
    constructor(text, isGateway, wait) {
      super(text);
      this.isGateway = isGateway;
      this.wait = wait;
    }
  }
  const ask = async (path, name) => {
    let response;
    try {
      response = await fetch(path, {
        headers: { Accept: "application/json" }, cache: "no-store", credentials: "omit",
        signal: AbortSignal.timeout(TIMEOUT),
      });
    } catch {
      throw new Fault("The gateway cannot be reached", true);
    }
    if (response.status === 429) {
      const wait = Number(response.headers.get("Retry-After"));
      throw new Fault("The gateway asks this page to slow down", false,
        wait > 0 ? Math.min(wait, 60) * 1000 : undefined);
    }
    if (!response.ok) throw new Fault(`${name} cannot be reached (${response.status})`, false);
    try {
      return await response.json();
    } catch {
      throw new Fault(`${name} gave an answer that cannot be read`, false);
    }
  };

  let timer = 0, isAsking = false, failures = 0, rounds = 0;
  const schedule = (wait) => {
    clearTimeout(timer);
    timer = document.hidden ? 0 : setTimeout(poll, wait);
  };
  async function poll() {
    if (isAsking) return;
    isAsking = true;
    let fault = null;
    const note = (error) => { if (!fault || error.isGateway) fault = error; };
    // Services change seldom: they are asked for every other time, which spares the quota.
    const wantsPlatform = rounds % 2 === 0 || failures > 0;
    rounds += 1;
    const [pulse, platform] = await Promise.all([
      ask("/api/v1/analytics/pulse", "Analytics").catch((error) => { note(error); }),
      wantsPlatform
        ? ask("/api/v1/platform", "The state of the services").catch((error) => {
          note(error);
          return error;
        })
        : undefined,
    ]);
    try {
      if (platform instanceof Fault) {
        if (!platform.wait) doubtServices(platform.isGateway);
      } else if (platform) showPlatform(platform);
      if (pulse) {
        chart.take(pulse);
        showTotals(pulse.totals);
        showTopics(pulse.topics);
        showJourney(pulse.journey);
        say(at("seen"), `as of ${when(pulse.at)}`);
        at("seen").dateTime = String(pulse.at);
      }
    } catch {
      fault = fault ?? new Fault("The platform gave an answer that cannot be shown", false);
    }
    isAsking = false;
    root.classList.toggle("stale", !pulse);
    if (fault) {
      failures += 1;
      const wait = fault.wait ?? Math.min(POLL * 2 ** (failures - 1), LONGEST_WAIT);
      tell("fault", `${fault.message}. Trying again in ${Math.ceil(wait / 1000)} s.`);
      schedule(wait);
    } else {
      failures = 0;
      tell("alive", "Alive");
      schedule(POLL);
    }
  }
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return clearTimeout(timer);
    chart.wake();
    poll();
  });

  // A platform on one's own machine has its sandbox beside the gateway.
  if (["localhost", "127.0.0.1", "[::1]"].includes(location.hostname) && location.port) {
    const mail = `http://${location.hostname}:${Number(location.port) + 110}/mail`;
    for (const id of ["mail-link", "mail-page"]) at(id).href = mail;
    for (const id of ["mail-link", "mail-note"]) at(id).hidden = false;
  }
  root.classList.add("js");
  tell("waiting", "Listening …");
  chart.wake();
  poll();
})();
