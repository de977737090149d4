/* global document, uPlot, matchMedia, getComputedStyle, addEventListener, ResizeObserver, devicePixelRatio */
// Draws the charts of a report from its inlined data block. Everything specific to a chart is in
// that block (src/report/charts.ts); this file only knows their kinds: over time, percentiles, sizes, loads,
// sittings.
(() => {
  "use strict";
  const charts = JSON.parse(document.getElementById("report-data").textContent).charts;
  const drawn = new Map();
  let printing = false;
  /** Units that follow their number without a space. */
  const GAPLESS = new Set(["", "/s"]);
  /** Charts of these kinds have one cursor and one zoom. */
  const LINKED = new Set(["time", "sittings"]);

  // --- words and numbers -------------------------------------------------------------------

  function number(value, digits) {
    const size = Math.abs(value);
    const decimals = size === 0 ? 0 : Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
    return value.toLocaleString("en-US", { maximumFractionDigits: Math.min(decimals, 6) });
  }

  function quantity(value, unit) {
    if (unit !== "ms") return `${number(value, 3)}${GAPLESS.has(unit) ? "" : " "}${unit}`;
    if (Math.abs(value) < 1 && value !== 0) return `${number(value * 1000, 3)} µs`;
    return Math.abs(value) < 1000 ? `${number(value, 3)} ms` : `${number(value / 1000, 3)} s`;
  }

  function elapsed(seconds) {
    const whole = Math.floor(seconds + 1e-9);
    const rest = seconds - whole;
    const tail = rest > 1e-6 ? rest.toFixed(1).slice(1) : "";
    const sixtieth = (n) => String(n).padStart(2, "0");
    if (whole >= 3600) {
      return `${Math.floor(whole / 3600)}:${sixtieth(Math.floor(whole / 60) % 60)}:${sixtieth(whole % 60)}`;
    }
    return `${Math.floor(whole / 60)}:${sixtieth(whole % 60)}${tail}`;
  }

  /** 1 / (1 - p): 2 is the median, 10 the 90th, 100 the 99th percentile. */
  function percentile(tail) {
    return `p${number(100 * (1 - 1 / tail), 6)}`;
  }

  /** A legend's value: empty while no cursor is on the chart, a dash where nothing was measured. */
  function reading(u, value, text) {
    if (value == null) return u.cursor.idx == null ? "" : "–";
    return text(value);
  }

  // --- colours -----------------------------------------------------------------------------

  function colour(role) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--${role}`).trim();
  }

  function faint(role, alpha) {
    return `color-mix(in srgb, ${colour(role)} ${alpha}%, transparent)`;
  }

  function font(size) {
    return `${size}px ${getComputedStyle(document.body).fontFamily}`;
  }

  // --- one chart ---------------------------------------------------------------------------

  /** A value between gaps is no line; it is drawn as a point. */
  function alone(u, series) {
    const values = u.data[series];
    return values.flatMap((v, i) =>
      v != null && values[i - 1] == null && values[i + 1] == null ? [i] : [],
    );
  }

  function seriesOptions(chart) {
    const x = {
      time: { label: "time", value: (u, v) => reading(u, v, elapsed) },
      percentile: { label: "percentile", value: (u, v) => reading(u, v, percentile) },
      pairs: { label: chart.xLabel, value: (u, v) => reading(u, v, (ms) => quantity(ms, chart.left)) },
      histogram: {
        label: "from",
        value: (u, v) => reading(u, v, (known) => quantity(known, chart.bins.unit)),
      },
      load: {
        label: "at",
        value: (u, v) => reading(u, v, (known) => quantity(known, chart.bins.unit)),
      },
      sittings: { label: "sitting", value: (u, v) => reading(u, v, (at) => chart.labels[at]) },
    }[chart.kind];
    const lines = chart.series.map((line) => ({
      label: line.label,
      scale: line.axis,
      stroke: () => colour(line.role),
      width: line.width ?? 1.75,
      dash: line.dash ? [6, 4] : undefined,
      fill: line.fill ? () => faint(line.role, 14) : undefined,
      spanGaps: line.bridge === true,
      paths:
        line.draw === "points" || line.draw === "reading"
          ? () => null
          : line.draw === "steps"
            ? uPlot.paths.stepped({ align: 1 })
            : undefined,
      points:
        line.draw === "points"
          ? {
              show: true,
              size: chart.x.length > 300 ? 3 : 4,
              fill: () => colour(line.role),
              width: 0,
            }
          : {
              show: line.draw !== "reading",
              size: 5,
              filter: alone,
              fill: () => colour(line.role),
            },
      value: (u, v) => reading(u, v, (known) => quantity(known, line.unit)),
    }));
    return [x, ...lines];
  }

  function axis(extra) {
    return {
      stroke: () => colour("muted"),
      grid: { stroke: () => colour("line"), width: 1 },
      ticks: { show: false },
      font: font(11),
      labelFont: font(11),
      gap: 8,
      ...extra,
    };
  }

  function valueAxis(scale, unit, side) {
    return axis({
      scale,
      side,
      size: (_, labels) => 22 + 6.4 * Math.max(3, ...(labels ?? []).map((text) => text.length)),
      grid: side === 3 ? { stroke: () => colour("line"), width: 1 } : { show: false },
      incrs:
        unit === ""
          ? [1, 2, 5].flatMap((n) => [n, n * 10, n * 100, n * 1e3, n * 1e4]).sort((a, b) => a - b)
          : undefined,
      // Long units are in the chart's title; on every line of the axis they only take room.
      values: (_, splits) =>
        splits.map((v) => (v == null ? "" : quantity(v, unit === "tokens/s" ? "" : unit))),
    });
  }

  /** 1, 2 and 5 times the powers of ten: as many of them as have room. */
  function decades(u, _, min, max) {
    const powers = Array.from({ length: 13 }, (__, i) => 10 ** (i - 5));
    const room = u.bbox.width / devicePixelRatio / 64;
    const choices = [[1, 2, 5], [1, 3], [1]].map((digits) =>
      powers
        .flatMap((power) => digits.map((digit) => Number((digit * power).toPrecision(3))))
        .filter((v) => v >= min && v <= max),
    );
    return choices.find((splits) => splits.length <= room) ?? choices[2];
  }

  function axes(chart) {
    const steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14400];
    const x = {
      time: () =>
        axis({ incrs: steps, size: 32, space: 64, values: (_, splits) => splits.map(elapsed) }),
      percentile: () =>
        axis({
          size: 32,
          splits: (_, __, min, max) =>
            [1, 2, 4, 10, 100, 1e3, 1e4, 1e5, 1e6].filter((v) => v >= min && v <= max),
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map(percentile),
        }),
      pairs: () =>
        axis({
          size: 32,
          splits: decades,
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((v) => quantity(v, chart.left)),
        }),
      histogram: () =>
        axis({
          size: 32,
          space: 64,
          ...(chart.bins?.logarithmic ? { splits: decades, filter: (_, splits) => splits } : {}),
          values: (_, splits) =>
            splits.map((v) => (v == null ? "" : quantity(v, chart.bins.unit))),
        }),
      load: () =>
        axis({
          size: 32,
          space: 64,
          values: (_, splits) =>
            splits.map((v) => (v == null ? "" : quantity(v, chart.bins.unit))),
        }),
      sittings: () =>
        axis({
          size: 32,
          space: 88,
          incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500],
          // The day; the legend has the commit too.
          values: (_, splits) => splits.map((v) => (chart.labels[v] ?? "").split(" ")[0]),
        }),
    }[chart.kind]();
    const left =
      chart.kind === "pairs"
        ? {
            ...valueAxis("left", chart.left, 3),
            splits: decades,
            filter: (_, splits) => splits,
          }
        : valueAxis("left", chart.left, 3);
    return chart.right === undefined ? [x, left] : [x, left, valueAxis("right", chart.right, 1)];
  }

  function scales(chart) {
    const fromZero = { range: (_, __, max) => [0, (max == null || max <= 0 ? 1 : max) * 1.08] };
    // A limit that is not far above what was measured belongs into the picture.
    const left = {
      range: (_, min, max) => {
        if (chart.span !== undefined)
          return [Math.min(min ?? Infinity, chart.span.low), Math.max(max ?? 0, chart.span.high)];
        const top = max == null || max <= 0 ? 1 : max;
        const near = chart.limits.map(({ value }) => value).filter((v) => v <= 2.5 * top);
        return [0, Math.max(top, ...near) * 1.08];
      },
    };
    if (chart.kind === "pairs") {
      // Both axes are the same, so that the line of no change is the diagonal.
      const all = [...chart.x, ...chart.y.flat()].filter((value) => value > 0);
      const ends = [Math.min(...all) * 0.95, Math.max(...all) * 1.05];
      return {
        x: { time: false, distr: 3, range: ends },
        left: { distr: 3, range: ends },
      };
    }
    const logarithmic = chart.kind === "percentile" || chart.bins?.logarithmic === true;
    if (chart.kind === "sittings") {
      // Room for the first and the last point.
      return { x: { time: false, range: (_, min, max) => [min - 0.5, max + 0.5] }, left };
    }
    const x = logarithmic
      ? { time: false, distr: 3, range: (_, min, max) => [min ?? 1, max ?? 100] }
      : { time: false };
    return { x, left, right: fromZero };
  }

  /** Phases behind the lines: what is not measured is hatched, neighbours differ in tint. */
  function shadePhases(chart) {
    return (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      chart.phases.forEach((phase, index) => {
        const left = u.valToPos(phase.start, "x", true);
        const right = u.valToPos(phase.end, "x", true);
        ctx.fillStyle = phase.measured ? faint("sea", index % 2 === 0 ? 4 : 9) : faint("muted", 13);
        ctx.fillRect(left, bbox.top, right - left, bbox.height);
      });
      ctx.restore();
    };
  }

  /** From the end of an overload to where its waiting was over: what the recovery took. */
  function shadeRecovery({ recovery }) {
    return (u) => {
      if (recovery === undefined) return;
      const { ctx, bbox } = u;
      const from = Math.max(u.valToPos(recovery.start, "x", true), bbox.left);
      const to = Math.min(u.valToPos(recovery.end, "x", true), bbox.left + bbox.width);
      if (to <= from) return;
      ctx.save();
      ctx.fillStyle = faint("brass", 22);
      ctx.fillRect(from, bbox.top, to - from, bbox.height);
      ctx.restore();
    };
  }

  /** Single requests: behind the lines, which are what many of them come to. */
  function drawRequests({ dots, failed = [] }) {
    return (u) => {
      const { ctx, bbox } = u;
      const ratio = devicePixelRatio;
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      if (dots !== undefined) {
        ctx.fillStyle = faint(dots.role, dots.x.length > 1000 ? 45 : 70);
        const size = (dots.x.length > 1000 ? 2 : 3) * ratio;
        dots.x.forEach((at, i) => {
          const left = u.valToPos(at, "x", true) - size / 2;
          ctx.fillRect(left, u.valToPos(dots.y[i], "left", true) - size / 2, size, size);
        });
      }
      ctx.fillStyle = colour("fail");
      for (const at of failed) {
        const left = u.valToPos(at, "x", true) - ratio;
        ctx.fillRect(left, bbox.top + bbox.height - 7 * ratio, 2 * ratio, 7 * ratio);
      }
      ctx.restore();
    };
  }

  /** Names of the phases, over the grid and under the lines; left out where there is no room. */
  function namePhases(chart) {
    return (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      for (const phase of chart.phases) {
        const left = Math.max(u.valToPos(phase.start, "x", true), bbox.left);
        const right = Math.min(u.valToPos(phase.end, "x", true), bbox.left + bbox.width);
        ctx.fillStyle = colour("muted");
        ctx.font = font(11 * devicePixelRatio);
        ctx.textAlign = "left"; // uPlot leaves its axes' alignment behind
        ctx.textBaseline = "alphabetic";
        const label = phase.measured ? phase.name : `${phase.name} (not measured)`;
        const shown = [label, phase.name].find(
          (text) => ctx.measureText(text).width < right - left - 10 * devicePixelRatio,
        );
        if (shown !== undefined) {
          ctx.fillText(shown, left + 5 * devicePixelRatio, bbox.top + 13 * devicePixelRatio);
        }
      }
      ctx.restore();
    };
  }

  /** Limits: the load line itself, across the whole chart. */
  function drawLimits(chart) {
    return (u) => {
      const { ctx, bbox } = u;
      const above = chart.limits.filter(({ value }) => u.valToPos(value, "left", true) < bbox.top);
      if (above.length > 0) {
        ctx.save();
        ctx.fillStyle = colour("fail");
        ctx.font = font(11 * devicePixelRatio);
        ctx.textAlign = "right";
        ctx.textBaseline = "alphabetic";
        const text = `↑ ${above.map(({ label }) => label).join(", ")}`;
        ctx.fillText(text, bbox.left + bbox.width - 4, bbox.top - 4 * devicePixelRatio);
        ctx.restore();
      }
      for (const limit of chart.limits) {
        const y = u.valToPos(limit.value, "left", true);
        if (y < bbox.top || y > bbox.top + bbox.height) continue;
        ctx.save();
        ctx.strokeStyle = colour("fail");
        ctx.fillStyle = colour("fail");
        ctx.lineWidth = devicePixelRatio;
        ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
        ctx.font = font(11 * devicePixelRatio);
        ctx.textAlign = "right";
        ctx.textBaseline = "alphabetic";
        ctx.setLineDash([]);
        ctx.strokeStyle = colour("card");
        ctx.lineWidth = 3 * devicePixelRatio;
        ctx.strokeText(limit.label, bbox.left + bbox.width - 4, y - 4 * devicePixelRatio);
        ctx.fillText(limit.label, bbox.left + bbox.width - 4, y - 4 * devicePixelRatio);
        ctx.restore();
      }
    };
  }

  /** Moments: a line from top to bottom, its name beside it where there is room. */
  function drawMarks(chart) {
    return (u) => {
      const { ctx, bbox } = u;
      for (const mark of chart.marks) {
        const x = u.valToPos(mark.x, "x", true);
        if (x < bbox.left || x > bbox.left + bbox.width) continue;
        const late = x > bbox.left + bbox.width * 0.7;
        ctx.save();
        ctx.strokeStyle = colour("ink");
        ctx.fillStyle = colour("ink");
        ctx.lineWidth = devicePixelRatio;
        ctx.beginPath();
        ctx.moveTo(x, bbox.top);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        ctx.font = font(11 * devicePixelRatio);
        ctx.textAlign = late ? "right" : "left";
        ctx.textBaseline = "alphabetic";
        const gap = (late ? -5 : 5) * devicePixelRatio;
        ctx.fillText(mark.label, x + gap, bbox.top + 28 * devicePixelRatio);
        ctx.restore();
      }
    };
  }

  function options(chart, width) {
    return {
      width,
      height: width < 520 ? 220 : 260,
      scales: scales(chart),
      axes: axes(chart),
      series: seriesOptions(chart),
      legend: {
        live: true,
        markers: { width: 0, fill: (u, i) => u.series[i].stroke(u, i) },
      },
      cursor: {
        drag: { x: true, y: false },
        points: { size: 7 },
        ...(LINKED.has(chart.kind) ? { sync: { key: chart.kind } } : {}),
      },
      hooks: {
        drawClear: [shadePhases(chart), shadeRecovery(chart)],
        drawAxes: [namePhases(chart), drawRequests(chart)],
        draw: [drawLimits(chart), drawMarks(chart)],
      },
    };
  }

  /** What is zoomed together is shown whole together. */
  function showAll(chart) {
    for (const other of charts) {
      if (other === chart || (LINKED.has(chart.kind) && other.kind === chart.kind)) {
        const u = drawn.get(other.id);
        u?.setData(u.data);
      }
    }
  }

  /** Left and right move the cursor (on every linked chart), Escape shows the whole run again. */
  function onKey(u, chart, event) {
    const { left = -1 } = u.cursor;
    const index = left < 0 ? -1 : u.posToIdx(left);
    const target = {
      ArrowLeft: index - 1,
      ArrowRight: index + 1,
      Home: 0,
      End: chart.x.length - 1,
    }[event.key];
    if (event.key === "Escape") {
      showAll(chart);
    } else if (target !== undefined) {
      event.preventDefault();
      const at = Math.min(Math.max(target, 0), chart.x.length - 1);
      const left = u.valToPos(chart.x[at], "x");
      u.setCursor({ left, top: u.over.clientHeight / 2 }, true, true);
    }
  }

  function draw(chart) {
    const place = document.getElementById(chart.id);
    if (place === null) return;
    drawn.get(chart.id)?.destroy();
    const width = printing ? 640 : place.clientWidth;
    const u = new uPlot(options(chart, width), [chart.x, ...chart.y], place);
    place.onkeydown = (event) => onKey(u, chart, event);
    drawn.set(chart.id, u);
  }

  function drawAll() {
    charts.forEach(draw);
  }

  function resize() {
    for (const chart of charts) {
      const u = drawn.get(chart.id);
      const width = u?.root.parentElement.clientWidth ?? 0;
      if (u !== undefined && width > 0 && width !== u.width && !printing) {
        u.setSize({ width, height: width < 520 ? 220 : 260 });
      }
    }
  }

  document.documentElement.classList.add("js");
  drawAll();
  new ResizeObserver(resize).observe(document.querySelector("main"));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  matchMedia("print").addEventListener("change", (query) => {
    printing = query.matches;
    drawAll();
  });
  addEventListener("afterprint", () => {
    printing = false;
    drawAll();
  });
})();
