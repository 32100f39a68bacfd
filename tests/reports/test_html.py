"""The page in a real browser: nothing from outside, no script needed, usable by keyboard, and with 10,000 layers."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import replace

import onnx
import pytest
from onnx import helper
from reports.hostile import attacked, attacked_run, multiplied

import parity
from parity.reports import Outcome, Run, Screen, named, run_of

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)

pytestmark = pytest.mark.xdist_group("browser")

# A picture is drawn when its place comes near the window, which the browser says some time after the page is loaded.
DRAWN = """() => [...document.querySelectorAll('.stage')].every((stage) => {
  const place = stage.getBoundingClientRect();
  return !place.height || place.top > innerHeight || stage.querySelector('.canvas');
})"""


@pytest.fixture(scope="module")
def browser():
    if CHROMIUM is None:
        reason = "no Chromium is installed (Debian's package: chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as player:
        found = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def report(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2")


@pytest.fixture(scope="module")
def computed(fixtures):
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(fixtures)
        return parity.compare("bn_cnn.keras", "bn_cnn.pt2", outputs=True)


@pytest.fixture
def show(browser, tmp_path):
    """Open a run's page; what the browser complains of or asks the network for is an error at the end."""
    pages, troubles = [], []

    def shown(run, form="html", screen=None, **settings):
        path = tmp_path / f"{len(pages)}.{form}"
        path.write_text(named(form).run(run, screen or Screen()))
        page = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **settings}).new_page()
        page.on("console", lambda message: message.type in {"error", "warning"} and troubles.append(message.text))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("dialog", lambda dialog: (troubles.append("a dialog"), dialog.dismiss()))
        page.on("request", lambda asked: asked.url.startswith(("file:", "data:")) or troubles.append(asked.url))
        page.goto(path.as_uri())
        pages.append(page)
        if settings.get("java_script_enabled", True):
            page.wait_for_function(DRAWN)
        return page

    yield shown
    for page in pages:
        page.context.close()
    assert troubles == []


def violations(page):
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]][:3]) for each in found]


def _settled(page, said):
    """Wait until the filter, which waits for the end of typing, says what it shows."""
    from playwright.sync_api import expect

    expect(page.locator("#told")).to_contain_text(said, timeout=20_000)


def several(report):
    accepted = {finding.fingerprint: "looked at" for finding, _ in report.findings}
    return Run(
        (
            Outcome("port", "a", "b", report),
            Outcome("known", "a", "b", replace(report, accepted=accepted)),
            Outcome("lost", "a", "b", None, "cannot read 'b': there is no such file"),
        )
    )


NARROW = {"viewport": {"width": 360, "height": 740}}


def _opened(page):
    """The page with the panel of a layer, and with all that is folded."""
    page.keyboard.press("n")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    assert page.locator(".panel:visible").count() == 1
    return page


@pytest.mark.parametrize("settings", [{"color_scheme": "dark"}, NARROW], ids=["dark", "narrow"])
def test_accessibility(show, computed, settings):
    assert violations(_opened(show(run_of(computed), **settings))) == []


def test_accessibility_of_several_pairs(show, report):
    page = show(several(report))
    assert violations(page) == []
    assert violations(_opened(page)) == []


@pytest.mark.parametrize("settings", [{}, NARROW], ids=["wide", "narrow"])
def test_the_list_of_pairs_is_read_without_scrolling_and_its_words_are_whole(show, report, settings):
    page = show(several(report), **settings)
    answers = page.locator(".pairs .answer")
    heights = {answers.nth(at).bounding_box()["height"] for at in range(answers.count())}

    assert len(heights) == 1
    assert heights.pop() < 40
    assert page.evaluate("document.querySelector('.pairs').scrollWidth <= document.querySelector('main').clientWidth")


def test_no_page_is_wider_than_a_telephone(show, computed):
    page = show(run_of(multiplied(computed, 5)), **NARROW)
    page.keyboard.press("n")

    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert page.locator(".panel").bounding_box()["width"] <= 360


def test_everything_is_there_without_scripts(show, report):
    page = show(run_of(report), java_script_enabled=False)

    text = page.inner_text("main")
    for finding, _ in report.findings:
        assert finding.rule in text
        assert finding.message in text
    for name in ("158,358", "-64", "158,294", *report.left.paths, *report.right.paths):
        assert name in text
    assert not page.locator(".tools, .controls, .copy >> visible=true").count()
    assert page.locator(".graph tbody tr").count() == 9
    assert page.locator(".stage .node").count() == 18


def test_the_title_says_which_pair_and_the_footer_how_it_was_made(show, report):
    page = show(run_of(report), screen=Screen(command="parity compare 'a b' c", made="2026-11-30"))

    assert page.title() == "bn_cnn.keras against bn_cnn.pt2: different"
    assert page.inner_text("h1") == page.title()
    text = page.inner_text("footer")
    assert "parity compare 'a b' c" in text
    assert re.search(r"parity \d+\.\d+\S*, 2026-11-30", text)


def test_the_command_and_the_day_are_in_the_footer(fixtures, tmp_path):
    page = tmp_path / "page of a pair.html"
    command = ["compare", "bn_cnn.keras", "bn_cnn.pt2", "--format", "concise", "--report", f"html={page}"]
    subprocess.run([sys.executable, "-m", "parity", *command], cwd=fixtures, check=False, capture_output=True)
    footer = page.read_text().partition("<footer>")[2]

    assert f"parity compare bn_cnn.keras bn_cnn.pt2 --format concise --report &#39;html={page}&#39;" in footer
    assert re.search(r"parity \d[\w.]*, \d{4}-\d\d-\d\d\.", footer)


def test_names_stay_names(show, report):
    for run in (run_of(attacked(report)), attacked_run(report)):
        page = show(run)
        page.keyboard.press("n")

        assert "owned'</script>" not in page.title().partition("<")[0]
        assert page.evaluate("document.title.startsWith('owned')") is False
        assert page.locator("script:not([type])").count() == 2
        assert page.locator("img, iframe, object, a[href^=http], a[href^=javascript]").count() == 0
        assert "<script>document.title='owned'</script>" in page.inner_text("main")
        assert page.locator(".panel:visible h3").count() == 1
        assert page.locator(".canvas [onerror], .canvas img, .canvas script").count() == 0


def test_names_stay_names_in_the_data_of_a_page(report):
    name = "</script><!--<script>\u2028\u2029'\"&"
    named_so = replace(report.left.boxes[1], name=name)
    boxes = (report.left.boxes[0], named_so, *report.left.boxes[2:])
    text = named("html").run(run_of(replace(report, left=replace(report.left, boxes=boxes))), Screen())
    (data,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL)

    assert not set(data) & set("<>&\u2028\u2029")
    assert "</script><!--<script>\\u2028\\u2029'\"&" in json.loads(data)["texts"]


def test_by_keyboard_alone(show, report):
    page = show(run_of(report))

    def focused():
        return page.evaluate("document.activeElement.dataset.key ?? document.activeElement.id")

    seen = []
    for _ in range(4):
        page.keyboard.press("n")
        seen.append(focused())
    assert seen == ["3", "6", "8", "3"]
    page.keyboard.press("p")
    assert focused() == "8"
    assert page.inner_text("#told") == "layer 3 of 3 that differ"
    page.keyboard.press("Escape")
    assert page.locator(".panel:visible").count() == 0
    assert focused() == "8", "whoever closes the panel is where they were"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')").startswith("right: fc2")
    page.keyboard.press("Enter")
    assert page.inner_text(".panel h3") == "dense_1 / fc2"
    page.keyboard.press("/")
    assert focused() == "search"
    page.keyboard.type("layer1.2")
    _settled(page, "1 of 9 rows")
    assert "layer1.2" in page.inner_text(".graph tbody tr:not([hidden])")
    assert page.evaluate("document.activeElement.value") == "layer1.2", "keys of the page do not act in a field"
    page.keyboard.press("Enter")
    assert page.inner_text(".panel h3") == "batch_normalization / layer1.2"


def test_only_one_element_of_a_picture_is_a_stop_of_the_tab_key(show, report):
    page = show(run_of(report))
    assert page.locator(".canvas [tabindex='0']").count() == 1
    page.keyboard.press("n")
    assert page.locator(".canvas [tabindex='0']").count() == 1


def test_a_layer_and_its_counterpart_stand_at_the_same_place(show, report):
    page = show(run_of(multiplied(report, 4)))
    places = page.evaluate(
        """[...document.querySelectorAll('.canvas .node')].map((node) => {
          const box = node.querySelector('.box').getBoundingClientRect();
          return [Number(node.closest('[data-side]').dataset.side), box.x, box.y];
        })"""
    )
    left, right = ([(x, y) for of, x, y in places if of == side] for side in (0, 1))

    assert len(left) == len(right) > 20
    apart = right[0][0] - left[0][0]
    assert all(abs(b[0] - a[0] - apart) < 0.5 and abs(b[1] - a[1]) < 0.5 for a, b in zip(left, right, strict=True))
    assert len(set(left)) == len(left), "no two stand at one place"


def test_what_is_pointed_at_lights_up_with_its_counterpart_and_its_wires(show, report):
    page = show(run_of(report))
    page.hover(".canvas [aria-label^='left: flatten']")

    lit = page.locator(".canvas .node.lit")
    labels = [lit.nth(at).get_attribute("aria-label") for at in range(lit.count())]
    assert [label.partition(",")[0] for label in labels] == ["left: flatten", "right: flatten"]
    for side in (0, 1):
        assert page.locator(f".canvas [data-side='{side}'] .wire.lit").count() >= 2, "one comes in, one goes out"


def test_a_wire_of_one_side_alone_is_marked(show, report):
    page = show(run_of(report))

    assert page.locator(".canvas [data-side='1'] .wire.only").count() == 1
    assert page.locator(".canvas [data-side='0'] .wire.only").count() == 0


def test_the_panel_says_what_explain_says(show, report, fixtures, monkeypatch):
    monkeypatch.chdir(fixtures)
    (walk,) = parity.explain("bn_cnn.keras", "bn_cnn.pt2", "layer1.2").walks
    page = show(run_of(report))
    page.click(".canvas [aria-label^='right: layer1.2']")
    text = page.inner_text(".panel")

    assert page.inner_text(".panel h3") == "batch_normalization / layer1.2"
    assert f"matched by: {walk.why}" in text
    for setting in walk.settings:
        assert setting.name in text
    for weight in walk.weights:
        assert weight.role in text
        assert all(each.name in text for each in (weight.left, weight.right) if each is not None)
    for finding, _ in walk.findings:
        assert finding.rule in text
        assert finding.message in text
        assert finding.remedy in text
    page.click("text=Rules without findings")
    assert all(rule in page.inner_text(".panel") for rule in walk.silent)
    differing = page.locator(".panel tr.differs th")
    assert [differing.nth(at).inner_text() for at in range(differing.count())] == ["epsilon", "momentum"]
    assert "4*32 = 128 as Keras counts" in text


def test_the_panel_tells_what_a_finding_follows_from(show, tmp_path):
    """A tanh after one of ten convolutions is gone with it."""

    def built(file, left_out):
        nodes, weights, last = [], [], "x"
        for at in range(10):
            for op, inputs in (("Conv", [f"w{at}"]), ("Tanh", [])):
                if (op, at) not in left_out:
                    nodes.append(helper.make_node(op, [last, *inputs], [f"{op}{at}"], name=f"block{at}.{op.lower()}"))
                    last = f"{op}{at}"
            weights.append(helper.make_tensor(f"w{at}", 1, (3, 3, 1, 1), [0.5] * 9))
        ends = [helper.make_tensor_value_info(name, 1, [1, 3, 4, 4]) for name in ("x", last)]
        graph = helper.make_graph(nodes, "net", ends[:1], ends[1:], weights)
        onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9), file)
        return file

    found = parity.compare(built(tmp_path / "a.onnx", ()), built(tmp_path / "b.onnx", {("Conv", 6), ("Tanh", 6)}))
    followed = [
        (each, root) for each, _ in found.findings for root, _ in found.findings if each.caused_by == root.fingerprint
    ]
    assert followed
    page = show(run_of(found))

    told = []
    for _ in range(2):  # rows that differ
        page.keyboard.press("n")
        told.append(page.inner_text(".panel"))

    for finding, cause in followed:
        (text,) = (each for each in told if each.splitlines()[1].startswith(finding.left[0]))
        assert f"follows from {cause.rule} at {cause.left[0]} / {cause.right[0]}" in text


def test_blocks_open_and_fold(show, report):
    page = show(run_of(multiplied(report, 40)))
    nodes = page.locator(".canvas [data-side='0'] .node")
    assert nodes.count() <= 48
    page.click("text=Fold blocks")
    before = nodes.count()
    block = page.locator(".canvas [data-side='0'] .node[aria-expanded='false']").first
    key = block.get_attribute("data-key")
    block.click()
    assert nodes.count() > before
    frame = page.locator(f".canvas [data-side='0'] .frame[data-key='{key}']")
    assert frame.get_attribute("aria-expanded") == "true"
    frame.focus()
    page.keyboard.press("Enter")
    assert nodes.count() == before
    page.click("text=Open blocks")
    assert nodes.count() > before


def wide_blocks(path):
    """Three blocks with three branches each and a shortcut around them, in the names of PyTorch's exporter."""
    calls, last = [], "x"
    for block in (f"block{at}" for at in range(3)):
        functions = ("Tanh", "Sin", "Relu")
        layers = [("Abs", [last]), *((each, [f"{block}.Abs"]) for each in functions)]
        layers += [("Sum", [f"{block}.{each}" for each in functions]), ("Add", [f"{block}.Sum", last])]
        for op, inputs in layers:
            name = f"{block}.{op}"
            call = helper.make_node(op, inputs, [name], name=name)
            call.metadata_props.add(key="pkg.torch.onnx.name_scopes", value=str(["", block, name, op]))
            calls.append(call)
        last = f"{block}.Add"
    ends = [helper.make_tensor_value_info(name, 1, [1, 8]) for name in ("x", last)]
    onnx.save(helper.make_model(helper.make_graph(calls, "g", ends[:1], ends[1:]), producer_name="pytorch"), path)
    return path


def test_wires_of_a_block_stay_in_its_frame(show, tmp_path):
    path = wide_blocks(tmp_path / "blocks.onnx")
    page = show(run_of(parity.compare(path, path)))
    page.click("text=Open blocks")
    frames, wires = (
        page.evaluate(
            f"""[...document.querySelectorAll(".canvas [data-side='0'] {which}")].map((each) => {{
              const box = each.getBoundingClientRect();
              return [box.left, box.right];
            }})"""
        )
        for which in (".frame .around", ".wire")
    )

    assert len(frames) >= 3
    assert len(wires) > 20
    left, right = min(left for left, _ in frames), max(right for _, right in frames)
    assert [wire for wire in wires if wire[0] <= left or wire[1] >= right] == []


@pytest.mark.parametrize("width", [1000, 1100, 1280])
def test_the_map_covers_neither_the_chosen_layer_nor_its_counterpart(show, report, width):
    page = show(run_of(report), viewport={"width": width, "height": 640})
    page.keyboard.press("n")
    page.wait_for_timeout(300)
    chosen = page.locator(".canvas .node.selected, .canvas .node.lit")
    boxes = [chosen.nth(at).bounding_box() for at in range(chosen.count())]
    mapped = page.locator(".minimap").bounding_box()

    assert len(boxes) >= 2
    assert mapped is None or all(box["x"] + box["width"] <= mapped["x"] for box in boxes)


def test_zoom_pan_and_the_map(show, report):
    page = show(run_of(multiplied(report, 40)))

    def at():
        return [float(each) for each in re.findall(r"-?[\d.]+", page.get_attribute(".canvas > g", "transform"))]

    first = at()
    for _ in range(3):
        page.click("[data-act=in]")
    x, _, scale = at()
    assert scale == pytest.approx(min(first[2] * 1.3**3, 3), rel=0.01)
    box = page.locator(".canvas").bounding_box()
    page.mouse.move(box["x"] + 300, box["y"] + 150)
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 140, steps=4)
    page.mouse.up()
    assert at()[0] == pytest.approx(x - 120, abs=2)
    assert page.locator(".panel:visible").count() == 0, "who drags does not click"
    moved = at()[0]
    page.locator(".minimap").click(position={"x": 2, "y": 2})
    assert at()[0] > moved, "the map leads to the left end"
    page.keyboard.press("0")
    assert at()[2] < scale
    assert page.locator(".canvas > g").bounding_box()["width"] <= box["width"] + 1
    page.keyboard.press("+")
    page.keyboard.press("-")
    assert at()[2] == pytest.approx(first[2], rel=0.05)


def test_filters_and_links(show, report):
    page = show(run_of(report))
    page.select_option("#effect", "training")
    assert page.locator(".group:visible").count() == 1
    page.check("#only")
    assert page.locator(".graph tbody tr:visible").count() == 3
    page.uncheck("#only")
    page.select_option("#effect", "")
    page.click(".group >> text=batch_normalization / layer1.2 >> nth=0")
    row = page.url.partition("#")[2]
    assert "layer1.2" in page.inner_text(f"#{row}")
    page.click(f"#{row} td >> nth=1")
    assert page.inner_text(".panel h3") == "batch_normalization / layer1.2"


def test_the_name_of_a_rule_leads_to_its_text(show, report):
    page = show(run_of(report))
    assert not page.locator("#rule-epsilon pre").is_visible()
    page.click(".group a[href='#rule-epsilon']")

    assert page.locator("#rule-epsilon pre").is_visible()
    assert "How to fix" in page.inner_text("#rule-epsilon")


def test_a_remedy_is_copied(show, report):
    page = show(run_of(report), permissions=["clipboard-read", "clipboard-write"])
    page.click("[aria-label*='eps=0.001'] >> nth=0")
    _settled(page, "copied")

    assert page.evaluate("navigator.clipboard.readText()") == "to match the left: BatchNorm2d(32, eps=0.001)"


def test_rows_of_a_block_are_folded_until_something_in_them_is_looked_for(show, report):
    page = show(run_of(multiplied(report, 60)))
    assert page.locator("details.stretch").count() > 5
    assert page.locator("details.stretch[open]").count() == 0
    page.fill("#search", "block17.dense_1")
    _settled(page, "2 of 540 rows")
    assert page.locator(".graph tbody tr:visible").count() == 2


def test_what_differs_is_marked_in_the_table(show, report):
    page = show(run_of(report))
    marked = page.locator("#r1-3 mark")

    assert [marked.nth(at).inner_text() for at in range(marked.count())] == [
        "128",
        "64",
        "0.001",
        "1e-05",
        "0.15",
        "0.9",
    ]
    assert marked.nth(0).get_attribute("class") == "calm", "counted otherwise, and the same model"


def test_a_cut_axis_says_so(show, report):
    page = show(run_of(report))
    assert page.locator(".ledger .cut").count() == 2
    assert "Axis cut: it begins at 158,261, not at 0" in page.inner_text(".ledger")
    ledger = replace(report.ledger, left_total=100, right_total=36)
    page = show(run_of(replace(report, ledger=ledger)))
    assert page.locator(".ledger .cut").count() == 0
    assert "Axis cut" not in page.inner_text(".ledger")


def test_errors_of_outputs_are_drawn(show, computed):
    page = show(run_of(computed))
    layers = computed.outputs.layers

    assert page.locator(".plot circle:not(.parting)").count() == len(layers)
    assert page.locator(".plot .parting").count() == 1
    rows = page.locator(".ledger >> nth=1").locator("tbody tr")
    assert rows.count() == len(computed.outputs.ledger.steps) + 3
    assert "what is left" in rows.nth(rows.count() - 2).inner_text()


def test_ten_thousand_layers(show, report):
    many = multiplied(report, 1_250)
    assert len(many.left.boxes) >= 10_000
    begin = time.perf_counter()
    page = show(run_of(many))
    page.keyboard.press("n")
    opened = time.perf_counter() - begin

    assert len(page.content().encode()) < 8_000_000
    assert page.inner_text("#told") == "layer 1 of 3,750 that differ"
    assert page.locator(".canvas .node").count() <= 2 * 400, "what is folded is not laid out"
    page.fill("#search", "block777.dense_1")
    _settled(page, "2 of 11,250 rows")
    assert page.locator(".graph tbody tr:visible").count() >= 1
    page.press("#search", "Enter")
    assert page.inner_text(".panel h3") == "block777.dense_1 / block777.fc2"
    assert opened < 60, "it opens in seconds; this only catches what hangs"


def test_templates_and_layout_are_loaded_for_a_page_only(fixtures):
    code = (
        "import sys, parity\n"
        "from parity.reports import Screen, named\n"
        f"found = parity.compare({str(fixtures / 'bn_cnn.keras')!r}, {str(fixtures / 'bn_cnn.pt2')!r})\n"
        "for name in ('text', 'json', 'markdown'): named(name).compared(found, Screen())\n"
        "before = 'jinja2' in sys.modules\n"
        "named('html').compared(found, Screen())\n"
        "print(before, 'jinja2' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "False True\n"


def test_the_licence_of_the_layout_goes_with_it(report):
    text = named("html").run(run_of(report), Screen())
    version = re.search(r"@dagrejs/dagre (\d+\.\d+\.\d+)", text)[1]

    assert f'"{version}"' in text, "the version that the library itself tells"
    assert "Permission is hereby granted, free of charge" in text
    assert "sourceMappingURL" not in text


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_page_of_a_summary_has_no_faults_and_fits_a_phone(browser, tmp_path, colours):
    """Names of one word that is wider than the page are broken."""
    names = [f"/{'a_stage_of_a_network_' * 4}{at}/Conv" for at in range(3)]
    values = ["x", *(f"v{at}" for at in range(3))]
    nodes = [helper.make_node("Conv", [values[at], f"w{at}"], [values[at + 1]], name=names[at]) for at in range(3)]
    ends = [helper.make_tensor_value_info(each, onnx.TensorProto.FLOAT, (1, 4, 8, 8)) for each in ("x", "v2")]
    weights = [helper.make_tensor(f"w{at}", onnx.TensorProto.FLOAT, (4, 4, 1, 1), [0.5] * 16) for at in range(3)]
    path = tmp_path / "summary.html"
    parity.summary(helper.make_model(helper.make_graph(nodes, "g", ends[:1], ends[1:], weights))).to_html(path)
    page = browser.new_context(color_scheme=colours, **NARROW).new_page()
    page.goto(path.as_uri())
    try:
        assert violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        wide = "[...document.querySelectorAll('p, h1')].filter((each) => each.scrollWidth > each.clientWidth).length"
        assert page.evaluate(wide) == 0
        assert "% of the parameters" in page.inner_text("main")
    finally:
        page.context.close()
