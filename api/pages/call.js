// The page that calls the assistant: buttons, transcript, stage timings.

import { Line } from "./line.js";
import { NoMicrophone, Sound } from "./sound.js";

const STATES = {
  idle: "Готов к звонку",
  connecting: "Соединяю…",
  again: "Связь прервалась, звоню снова…",
  speaking: "Говорит помощник",
  listening: "Слушаю вас",
  thinking: "Готовлю ответ…",
  ended: "Звонок окончен",
};
const STAGES = ["endpoint", "asr", "nlu", "dialog", "tts_first", "response"];
const SILENCE = 160;

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

function add(kind, who, text, note) {
  const item = document.createElement("li");
  item.className = kind;
  for (const [name, words] of [["who", who], ["text", text], ["note", note]]) {
    if (!words) continue;
    const part = document.createElement("span");
    part.className = name;
    part.textContent = words; // what was said is never read as markup
    item.append(part);
  }
  $("empty").hidden = true;
  const log = $("transcript");
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  log.append(item);
  if (atEnd) log.scrollTop = log.scrollHeight;
}

function addTimes(turn) {
  if (turn.ms?.response == null) return;
  const row = document.createElement("tr");
  for (const value of [turn.number, ...STAGES.map((stage) => turn.ms[stage])]) {
    const cell = document.createElement("td");
    cell.textContent = value == null ? "-" : Math.round(value);
    row.append(cell);
  }
  $("rows").append(row);
  $("no-times").hidden = true;
  $("times").hidden = false;
}

function onTurn(turn) {
  if (turn.heard != null) add("caller", "Вы", turn.heard || "(слов не разобрать)", understood(turn));
  else if (turn.keys) add("caller", "Вы нажали", turn.keys);
  else if (turn.silent) add("event", "", "Тишина в трубке");
  if (turn.said) add("assistant", "Помощник", turn.said);
  addTimes(turn);
}

function understood(turn) {
  if (!turn.intent) return "";
  return turn.confidence == null ? `тема: ${turn.intent}` : `тема: ${turn.intent}, уверенность ${Math.round(turn.confidence * 100)} %`;
}

function onEnd({ kind, target }) {
  const words = {
    transfer: `Помощник передал звонок оператору, очередь «${target}». В этой проверке разговор на этом кончается.`,
    redirect: `Помощник переводит звонок на номер ${target}. В этой проверке разговор на этом кончается.`,
    hangup: "Помощник попрощался и положил трубку.",
    caller: "Вы положили трубку.",
    refused: "Все линии помощника заняты. Попробуйте через минуту.",
    lost: "Связь со службой прервалась. Проверьте сеть и позвоните ещё раз.",
  };
  const text = words[kind] ?? words.hangup;
  add("event", "", text);
  if (kind === "refused" || kind === "lost") say(text);
  finish();
}

async function start() {
  say("");
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
    onAudio: (frame) => sound.play(frame),
    onFlush: () => sound.flush(),
    onState: setState,
    onTurn,
    onEnd,
  });
  line = call;
  await sound.open();
  try {
    await sound.listen();
    $("mute").disabled = false;
  } catch (error) {
    if (!(error instanceof NoMicrophone)) throw error;
    say(`${error.message}\nПока можно отвечать клавишами телефона.`);
    quiet = setInterval(() => line?.sendAudio(new Int16Array(SILENCE)), 20);
  }
  if (line !== call) return; // the handset was put down meanwhile
  keys.forEach((key) => (key.disabled = false));
  call.open();
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
  button.classList.add("pressed");
  setTimeout(() => button.classList.remove("pressed"), 150);
}

dial.addEventListener("click", () => {
  if (line) line.hangUp();
  else start().catch((error) => {
    console.error(error);
    onEnd({ kind: "lost" });
  });
});
$("mute").addEventListener("click", () => setMuted(!sound.muted));
keys.forEach((button) => button.addEventListener("click", () => press(button.dataset.key ?? button.textContent)));
document.addEventListener("keydown", (event) => {
  if (!line || event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
  if (/^[0-9*#]$/.test(event.key)) press(event.key);
  else if (event.key === "Escape") line.hangUp();
  else if (event.code === "KeyM" && !$("mute").disabled) setMuted(!sound.muted);
});
window.addEventListener("pagehide", () => line?.hangUp());
