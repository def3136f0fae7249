"""Keys of the pods view: select, sort, open a pod and come back, change the metric."""

from dataclasses import replace

from tests.ui.fake import live
from tests.ui.running import Running, running
from tests.ui.test_pods import many
from tests.waiting import until
from wvatui.ui.draw.line import text_of


async def shows(screen: Running, panel: str, word: str) -> None:
    await until(lambda: word in screen.panel(panel), what=f"{word!r} in {panel}")


def pointed(screen: Running) -> str:
    """The line of the table with the pointer."""
    lines = [text_of(line) for line in screen.app.stage.panels["pods"].lines_shown]
    return next((line for line in lines if line.startswith("▸")), "")


async def test_the_strip_below_the_pods_goes_through_its_metrics_and_a_selection_stays() -> None:
    async with running(live(), size=(80, 24)) as screen:
        await screen.press("2")
        await shows(screen, "pods", "■ saturated")
        await shows(screen, "heat", "KV cache by pod")
        places = {place.part: place for place in screen.app.stage.places}
        assert places["heat"].y == places["pods"].height
        await screen.press("h")
        await shows(screen, "heat", "Waiting requests by pod")
        await screen.press("h")
        await shows(screen, "heat", "Running requests by pod")

        await screen.press("down", "down")
        await until(lambda: "fghij" in pointed(screen), what="pointed at")
        world = live()
        world.replicas = tuple(replace(r, age_s=9.0) for r in world.replicas[1:])
        screen.session.push(world)
        await until(
            lambda: screen.app.vm is not None and screen.app.vm.state is world,
            what="the new State",
        )
        assert "fghij" in pointed(screen)


async def test_on_a_wide_screen_the_strip_stands_beside_its_pods() -> None:
    async with running(live(), size=(200, 60)) as screen:
        await screen.press("2")
        await shows(screen, "heat_beside", "KV cache by pod")
        places = {place.part: place for place in screen.app.stage.places}
        assert places["heat_beside"].y == places["pods"].y
        assert places["heat_beside"].height == places["pods"].height


async def test_a_pod_or_a_variant_is_opened_with_enter_and_left_with_esc() -> None:
    async with running(live(), size=(120, 40)) as screen:
        await screen.press("2", "down", "down")
        await until(lambda: "fghij" in pointed(screen), what="the second pod pointed at")
        await screen.press("enter")
        await shows(screen, "pod_detail", "Pod qwen3-32b-h100-7d9f5c6b8-fghij")
        await shows(screen, "pod_page", "KV cache use")
        names = {chart.name_shown for chart in screen.app.stage.charts if chart.display}
        assert "pod_kv@qwen3-32b-h100-7d9f5c6b8-fghij" in names
        await screen.press("escape")
        await until(lambda: "fghij" in pointed(screen), what="the table again")
        await screen.press("1")
        await screen.press("down", "enter")
        await shows(screen, "variant_detail", "Variant qwen3-32b-h100")
        await shows(screen, "variant_conditions", "ScalingActive False")


async def test_sorting_goes_through_the_columns_and_back() -> None:
    async with running(many(30), size=(120, 40)) as screen:
        await screen.press("2", "s", "s")
        await shows(screen, "pods", "by pod ▲")
        await screen.press("S")
        await shows(screen, "pods", "by pod ▼")
