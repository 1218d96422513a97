// What the assistant learnt from the caller, in words for the operator.

const SLOTS = {
  patient: "Для кого",
  specialty: "Врач",
  municipality: "Город, округ",
  district: "Район",
  clinic: "Поликлиника",
  visit_day: "Когда удобно",
  patient_name: "Пациент",
  birth_date: "Дата рождения",
  policy: "Полис ОМС",
  phone: "Телефон",
  change: "Что сделать",
  booked_day: "Записан на",
  address: "Адрес",
  age: "Возраст",
  symptoms: "Что беспокоит",
  complaint_place: "Где произошло",
  complaint_text: "Что произошло",
  callback_about: "О чём",
  callback_time: "Когда звонить",
};
const UNSAID = new Set(["confirmed", "hear_more", "same_number", "callback_wanted", "danger"]);
const VALUES = {
  self: "себе",
  other: "близкому человеку",
  cancel: "отменить запись",
  move: "перенести запись",
  morning: "утром",
  afternoon: "днём",
  evening: "вечером",
};
const DATE = new Intl.DateTimeFormat("ru", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });

/** @param names id of the editors' lists -> how it is called */
export function readable(value, names) {
  const text = String(value);
  const day = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}))?/.exec(text);
  if (day && !Number.isNaN(Date.parse(day[1]))) {
    return DATE.format(new Date(day[1])).replace(" г.", "") + (day[2] ? `, ${day[2]}` : "");
  }
  return names[text] ?? VALUES[text] ?? text;
}

export function titleOf(task, names) {
  const { title } = task.brief;
  const text = title || names[task.topic] || task.topic || "Вопрос не назван";
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Facts of a brief, in order: [label, value]. */
export function factsOf(task, names) {
  const facts = [];
  const slots = task.brief.slots ?? {};
  for (const [name, value] of Object.entries(slots)) {
    if (!UNSAID.has(name) && value) facts.push([SLOTS[name] ?? name, readable(value, names)]);
  }
  if (task.phone && !slots.phone) facts.push(["Телефон", task.phone]);
  const tried = (task.brief.tried ?? []).filter((topic) => topic !== task.topic);
  if (tried.length) facts.push(["Уже спрашивал", tried.map((topic) => names[topic] ?? topic).join(", ")]);
  return facts;
}

/** Everything of a brief, as elements. */
export function briefElements(task, names) {
  const found = [];
  const facts = factsOf(task, names);
  if (facts.length) {
    const list = document.createElement("dl");
    list.className = "facts";
    for (const [label, value] of facts) {
      const dt = document.createElement("dt");
      const dd = document.createElement("dd");
      dt.textContent = label;
      if (label === "Телефон") {
        const link = document.createElement("a");
        link.href = `tel:${value.replace(/[^\d+]/g, "")}`;
        link.textContent = value;
        dd.append(link);
      } else {
        dd.textContent = value;
      }
      list.append(dt, dd);
    }
    found.push(list);
  }
  const words = [task.brief.last_words ?? []].flat().filter(Boolean);
  if (words.length) {
    const said = document.createElement("div");
    said.className = "words";
    const label = document.createElement("p");
    label.className = "hint";
    label.textContent = "Последние слова звонящего (как расслышал помощник):";
    said.append(label);
    for (const line of words) {
      const p = document.createElement("p");
      p.textContent = `«${line}»`;
      said.append(p);
    }
    found.push(said);
  }
  return found;
}
