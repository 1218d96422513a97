// The page that calls the assistant: buttons, transcript, stage timings.

import { storeKey } from "./access.js";
import { Line, RATE } from "./line.js";
import { NoMicrophone, Sound } from "./sound.js";

const STATES = {
  idle: "Готов к звонку",
  connecting: "Соединяю…",
  again: "Связь прервалась, звоню снова…",
  held: "Слушаю вас",
  speaking: "Говорит помощник",
  listening: "Слушаю вас",
  thinking: "Готовлю ответ…",
  ended: "Звонок окончен",
};
const STAGES = ["endpoint", "asr", "nlu", "dialog", "tts_first", "response"];
const FRAME = RATE / 50;

const $ = (id) => document.getElementById(id);
const dial = $("dial");
const keys = [...$("keypad").querySelectorAll("button")];

let line; // the call that goes on, if one does
let sound;
let began = 0;
let ticking;
let quiet; // keeps silence flowing where there is no microphone

function setState(name, text = STATES[name]) {
  $("state").textContent = text;
  $("state").parentElement.dataset.state = name;
}

function say(notice) {
  $("notice").textContent = notice;
  $("notice").hidden = !notice;
}

function clock() {
  const seconds = Math.floor((performance.now() - began) / 1000);
  $("clock").textContent = `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function add(kind, who, text) {
  const item = document.createElement("li");
  item.className = kind;
  if (who) part(item, "who", who);
  part(item, "text", text);
  $("empty").hidden = true;
  $("transcript").append(item);
  toEnd();
  return item;
}

function part(item, name, words) {
  const span = document.createElement("span");
  span.className = name;
  span.textContent = words; // what was said is never read as markup
  item.append(span);
}

let reading = false; // has scrolled up to read what was said before

function toEnd() {
  const log = $("transcript");
  if (!reading) log.scrollTop = log.scrollHeight;
}

let spoken; // the caller's last line, to which its meaning is added

function onTranscript({ who, text, final }) {
  if (who === "caller" && !final) {
    $("hearing").textContent = text;
    return;
  }
  $("hearing").textContent = "";
  if (who === "caller") spoken = add("caller", "Вы", text || "(слов не разобрать)");
  else if (text) add("assistant", "Помощник", text);
}

let pressed; // the line of the keys that are being pressed

function onKey(key) {
  if (pressed && pressed === $("transcript").lastElementChild) {
    pressed.lastElementChild.textContent += key;
  } else {
    pressed = add("caller", "Вы нажали", key);
  }
}

function onTurn(turn) {
  if (spoken && turn.heard != null) {
    if (turn.intent) {
      const sure = turn.confidence == null ? "" : `, уверенность ${Math.round(turn.confidence * 100)} %`;
      part(spoken, "note", `тема: ${turn.intent}${sure}`);
      toEnd();
    }
    spoken = undefined;
  }
  if (turn.ms?.response == null) return;
  const row = document.createElement("tr");
  for (const value of [turn.turn, ...STAGES.map((stage) => turn.ms[stage])]) {
    const cell = document.createElement("td");
    cell.textContent = value == null ? "-" : Math.round(value);
    row.append(cell);
  }
  $("rows").append(row);
  $("no-times").hidden = true;
  $("times").hidden = false;
}

const ENDINGS = {
  handed_over: (queue) => `Помощник передал звонок оператору, очередь «${queue}». Здесь проверка на этом кончается.`,
  redirected: (number) => `Помощник переводит звонок на номер ${number}. Здесь проверка на этом кончается.`,
  caller_hung_up: () => "Вы положили трубку.",
  refused: () => "Все линии помощника заняты. Позвоните через минуту.",
  lost: () => "Связь со службой прервалась. Проверьте сеть и позвоните ещё раз.",
};

function onEnd(outcome, target) {
  const text = ENDINGS[outcome]?.(target) ?? "Помощник попрощался и положил трубку.";
  add("event", "", text);
  if (outcome === "refused" || outcome === "lost") say(text);
  finish();
}

function onKeyNeeded() {
  finish();
  setState("idle");
  say("Чтобы звонить с другого компьютера, нужен ключ доступа. Его даёт администратор службы.");
  $("access").hidden = false;
  $("key").focus();
}

async function start() {
  say("");
  $("access").hidden = true;
  $("hearing").textContent = "";
  spoken = pressed = undefined;
  reading = false;
  $("transcript").replaceChildren();
  $("rows").replaceChildren();
  $("times").hidden = true;
  $("no-times").hidden = $("empty").hidden = false;
  setState("connecting");
  dial.textContent = "Положить трубку";
  dial.className = "main stop";
  began = performance.now();
  ticking = setInterval(clock, 500);

  sound = new Sound((frame, level) => {
    line?.sendAudio(frame);
    showLevel(level);
  });
  const call = new Line({
    audio: (frame) => sound?.play(frame),
    clear: () => sound?.flush(),
    state: setState,
    transcript: onTranscript,
    turn: onTurn,
    ended: onEnd,
    keyNeeded: onKeyNeeded,
  });
  line = call;
  await sound.open();
  try {
    await sound.listen();
    $("mute").disabled = false;
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    say(`${error.message}\nПока можно отвечать клавишами телефона.`);
    quiet = setInterval(() => line?.sendAudio(new Int16Array(FRAME)), 20);
  }
  if (line !== call) return; // the handset was put down meanwhile
  keys.forEach((key) => (key.disabled = false));
  await call.open().catch((error) => call.fail(error));
}

function finish() {
  line = undefined;
  sound?.close();
  clearInterval(ticking);
  clearInterval(quiet);
  keys.forEach((key) => (key.disabled = true));
  $("mute").disabled = true;
  setMuted(false);
  showLevel(0);
  setState("ended");
  dial.textContent = "Позвонить ещё раз";
  dial.className = "main go";
}

let shown = 0;
function showLevel(level) {
  // Decibels look like loudness: -54 dB is an empty bar, -9 dB a full one.
  const loud = Math.max(0, Math.min(1, (20 * Math.log10(level + 1e-6) + 54) / 45));
  shown = Math.max(loud, shown * 0.85);
  $("level").style.transform = `scaleX(${shown.toFixed(3)})`;
}

function setMuted(muted) {
  if (sound) sound.muted = muted;
  $("mute").setAttribute("aria-pressed", String(muted));
  $("mute").textContent = muted ? "Включить микрофон" : "Выключить микрофон";
}

function press(key) {
  const button = keys.find((each) => (each.dataset.key ?? each.textContent) === key);
  if (!line || !button || button.disabled) return;
  line.sendKey(key);
  onKey(key);
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
}

dial.addEventListener("click", () => {
  if (line) line.hangUp();
  else start().catch((error) => {
    console.error(error);
    onEnd("lost");
  });
});
$("transcript").addEventListener("scroll", ({ target }) => {
  reading = target.scrollHeight - target.scrollTop - target.clientHeight > 40;
});
$("mute").addEventListener("click", () => setMuted(!sound.muted));
keys.forEach((button) => button.addEventListener("click", () => press(button.dataset.key ?? button.textContent)));
document.addEventListener("keydown", (event) => {
  if (!line || event.target.matches("input") || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
  else if (event.key === "Escape") line.hangUp();
  else if (event.code === "KeyM" && !$("mute").disabled) setMuted(!sound.muted);
});
$("access").addEventListener("submit", (event) => {
  event.preventDefault();
  storeKey($("key").value);
  $("key").value = "";
  $("access").hidden = true;
  dial.click();
});
window.addEventListener("pagehide", () => line?.hangUp());
