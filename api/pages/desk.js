// The operator's desk: what is offered, what is talked about, who waits. It follows the stream of
// events and asks for the present state after each of them, so nothing here can go out of step.

import { Refusal, ask, forgetKey, storeKey, storedKey } from "./access.js";
import { briefElements, factsOf, titleOf } from "./brief.js";
import { follow } from "./stream.js";

const STATES = {
  offline: "Не на месте",
  available: "На линии, ждёте звонка",
  reserved: "Вам звонят",
  busy: "Разговариваете",
  wrap_up: "Заполняете карточку",
  break: "Перерыв",
};
const IDLE = {
  offline: "Чтобы принимать звонки, нажмите «На линии».",
  break: "У вас перерыв. Чтобы принимать звонки, нажмите «На линии».",
  available: "Как только позвонят, звонок появится здесь.",
};
const WAITING = 50;
const REFRESH_MS = 20000; // should an event ever be missed

const $ = (id) => document.getElementById(id);
let me; // who this key belongs to
let names = {}; // id -> how it is called
let shown = {}; // the last state of everything
let clockSkew = 0; // the service's clock minus this computer's (ms)
let allQueues = [];
let following;
let loud = true;

// Talking to the service

function tell(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

const WORDS = {
  401: "Ключ не подходит: он неизвестен, отозван или просрочен. Попросите новый у администратора.",
  403: "Этот ключ не для рабочего места оператора.",
  409: "Звонок уже ушёл: его снял звонящий, или вышло время.",
  429: "Слишком много запросов. Подождите несколько секунд.",
  503: "Служба сейчас не отвечает. Повторите через несколько секунд.",
};

async function attempt(action) {
  try {
    tell("");
    await action();
  } catch (error) {
    console.error(error);
    if (error instanceof Refusal) tell(WORDS[error.status] ?? `Служба отказала: ${error.message}`);
    else tell("Нет связи со службой. Проверьте сеть; повторю сам.");
    if (error.status === 401) leave();
  }
  await refresh().catch(() => {});
}

let asking;
let again = false;
function refresh() {
  // One request at a time; what happens meanwhile leads to one more.
  if (asking) {
    again = true;
    return asking;
  }
  asking = (async () => {
    try {
      do {
        again = false;
        const [operator, desk, waiting] = await Promise.all([
          ask("GET", `/operators/${me.operator}`),
          ask("GET", `/operators/${me.operator}/desk`),
          ask("GET", `/tasks?state=pending&limit=${WAITING}`),
        ]);
        show({ operator, desk, waiting });
      } while (again && me);
    } finally {
      asking = undefined;
    }
  })();
  return asking;
}

// Showing

function show(state) {
  const before = shown.desk?.reservation;
  shown = state;
  const { operator, desk, waiting } = state;
  $("state").textContent = STATES[operator.state];
  document.querySelector(".lamp").dataset.state = operator.state;
  for (const button of document.querySelectorAll("[data-activity]")) {
    button.setAttribute("aria-pressed", String(button.dataset.activity === operator.activity));
  }
  $("handled").textContent = operator.handled;
  $("talked").textContent = `${Math.round(operator.talked_s / 60)} мин`;
  showCard(operator, desk, before);
  showQueue(waiting.filter((task) => task.id !== desk?.task.id));
  tick();
}

function showCard(operator, desk, before) {
  const step = desk?.reservation.state ?? null;
  const same = desk?.reservation.id === before?.id && step === before?.state;
  $("card").classList.toggle("offer", step === "pending");
  $("eyebrow").hidden = step !== "pending";
  if (!desk) {
    $("card-title").textContent = "Звонков для вас нет";
    $("card-text").textContent = IDLE[operator.activity];
    $("card-text").hidden = false;
    $("brief").replaceChildren();
    $("actions").replaceChildren();
    $("pass").hidden = true;
    document.title = "Рабочее место оператора 122";
    return;
  }
  if (same) return;
  const { task, reservation } = desk;
  const isCallback = task.kind === "callback";
  $("card-title").textContent = titleOf(task, names);
  $("card-text").textContent = isCallback ? "Обещан обратный звонок: перезвоните." : "";
  $("card-text").hidden = !isCallback;
  $("brief").replaceChildren(...briefElements(task, names));
  const act = (name, body) => () => ask("POST", `/reservations/${reservation.id}/${name}`, body);
  const buttons = {
    pending: [["Принять", act("accept"), true], ["Не могу принять", act("reject")]],
    accepted: isCallback
      ? [["Дозвонились, готово", act("complete", { reached: true }), true], ["Не дозвонились", act("complete", { reached: false })]]
      : [["Разговор окончен", act("end-talk"), true]],
    wrapping: [["Карточка готова", act("complete", {}), true]],
  }[step] ?? [];
  $("actions").replaceChildren(...buttons.map(([text, action, primary]) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    if (primary) button.className = "primary";
    button.addEventListener("click", () => attempt(action));
    return button;
  }));
  $("pass").hidden = step !== "accepted" || isCallback;
  if ($("pass").hidden) $("pass").open = false;
  else choices($("to-queue"), allQueues.filter(({ id }) => id !== task.queue).map(({ id, title }) => [id, title]));
  if (step === "pending") {
    document.title = "● Вам звонок - оператор 122";
    $("news").textContent = `Вам звонок: ${titleOf(task, names)}`;
    ring();
  } else {
    document.title = "Рабочее место оператора 122";
  }
}

function showQueue(tasks) {
  $("count").textContent = tasks.length ? (tasks.length >= WAITING ? `- больше ${WAITING - 1}` : `- ${tasks.length}`) : "";
  $("no-queue").hidden = tasks.length > 0;
  $("queue-box").hidden = tasks.length === 0;
  $("queue").replaceChildren(...tasks.map((task) => {
    const row = document.createElement("tr");
    const question = document.createElement("td");
    question.textContent = titleOf(task, names);
    const facts = factsOf({ ...task, phone: null }, names).slice(0, 3).map(([, value]) => value).join(" · ");
    if (facts) {
      const small = document.createElement("small");
      small.textContent = facts;
      question.append(small);
    }
    const queue = document.createElement("td");
    queue.textContent = names[`queue:${task.queue}`] ?? task.queue;
    const what = document.createElement("td");
    what.textContent = task.held_for === "redirect" ? "Переводят в другую службу"
      : task.kind === "callback" ? "Ждёт обратного звонка" : "Ждёт на линии";
    const time = document.createElement("td");
    time.dataset.since = task.created_at;
    row.append(question, queue, what, time);
    return row;
  }));
}

function span(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  const two = (n) => String(n).padStart(2, "0");
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  const now = Date.now() + clockSkew;
  for (const cell of document.querySelectorAll("[data-since]")) {
    cell.textContent = span(now - Date.parse(cell.dataset.since));
  }
  const { desk, operator } = shown;
  const texts = {
    pending: () => `Осталось ответить: ${span(Date.parse(desk.reservation.expires_at) - now)}`,
    accepted: () => `Разговор идёт ${span(now - Date.parse(desk.reservation.accepted_at))}`,
    wrapping: () => `На карточку осталось ${span(Date.parse(operator.wrap_up_until) - now)}`,
  };
  const text = desk ? texts[desk.reservation.state]?.() : "";
  $("timer").textContent = text ?? "";
  $("timer").hidden = !text;
}

function ring() {
  if (!loud) return;
  const context = new AudioContext();
  [0, 0.25, 0.9, 1.15].forEach((at, n) => {
    const tone = new OscillatorNode(context, { frequency: n % 2 ? 660 : 520 });
    const gain = new GainNode(context, { gain: 0 });
    gain.gain.setTargetAtTime(0.15, context.currentTime + at, 0.01);
    gain.gain.setTargetAtTime(0, context.currentTime + at + 0.2, 0.03);
    tone.connect(gain).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.4);
  });
  setTimeout(() => context.close(), 2500);
}

// Coming and going

async function enter() {
  me = await ask("GET", "/me");
  if (!me.operator) throw new Refusal(403, null);
  clockSkew = Date.parse(me.now) - Date.now();
  const [operator, lists, queues, services] = await Promise.all([
    ask("GET", `/operators/${me.operator}`),
    ask("GET", "/names"),
    ask("GET", "/queues"),
    ask("GET", "/destinations"),
  ]);
  names = lists;
  for (const queue of queues) names[`queue:${queue.id}`] = queue.title;
  allQueues = queues;
  choices($("to-service"), services.filter((each) => each.connect).map((each) => [each.id, `${each.title}, ${each.number}`]));
  $("who").textContent = operator.name;
  $("login").hidden = true;
  for (const id of ["work", "sound", "leave", "hint"]) $(id).hidden = false;
  await refresh();
  following = new AbortController();
  follow(() => refresh().catch(console.error), connected, following.signal).catch((error) => attempt(() => { throw error; }));
}

function choices(select, pairs) {
  // Nothing is chosen beforehand: a hasty click must send nobody to the ambulance.
  select.replaceChildren(new Option("Выберите…", ""), ...pairs.map(([value, text]) => new Option(text, value)));
}

function connected(isUp) {
  if (isUp) {
    tell("");
    refresh().catch(console.error);
  } else {
    tell("Связь со службой прервалась, соединяюсь снова…");
  }
}

function leave() {
  following?.abort();
  forgetKey();
  me = undefined;
  shown = {};
  for (const id of ["work", "sound", "leave", "hint"]) $(id).hidden = true;
  $("who").textContent = "Войдите, чтобы принимать звонки.";
  document.title = "Рабочее место оператора 122";
  $("login").hidden = false;
  $("key").focus();
}

async function tryToEnter() {
  try {
    tell("");
    await enter();
  } catch (error) {
    console.error(error);
    leave();
    tell(WORDS[error.status] ?? "Нет связи со службой. Проверьте сеть и войдите ещё раз.");
  }
}

$("login").addEventListener("submit", (event) => {
  event.preventDefault();
  storeKey($("key").value);
  $("key").value = "";
  tryToEnter();
});
$("leave").addEventListener("click", () => attempt(async () => {
  await ask("PUT", `/operators/${me.operator}/activity`, { activity: "offline" });
  leave();
}));
$("sound").addEventListener("click", () => {
  loud = !loud;
  $("sound").setAttribute("aria-pressed", String(loud));
  $("sound").textContent = loud ? "Звук включён" : "Звук выключен";
});
for (const button of document.querySelectorAll("[data-activity]")) {
  button.addEventListener("click", () => attempt(() =>
    ask("PUT", `/operators/${me.operator}/activity`, { activity: button.dataset.activity })));
}
function passOn(button, select, action, field) {
  $(button).addEventListener("click", () => {
    if (!$(select).value) $(select).focus();
    else attempt(() => ask("POST", `/tasks/${shown.desk.task.id}/${action}`, { [field]: $(select).value }));
  });
}
passOn("move", "to-queue", "move", "queue");
passOn("redirect", "to-service", "redirect", "destination");
document.addEventListener("keydown", (event) => {
  if (event.key !== "F2" || event.repeat) return;
  event.preventDefault();
  $("actions").querySelector(".primary")?.click();
});
setInterval(tick, 1000);
setInterval(() => me && refresh().catch(console.error), REFRESH_MS);

if (storedKey()) tryToEnter();
else leave();
