"""A small sentence grammar, written for this corpus, with broad English phoneme coverage."""

from __future__ import annotations

import random
import re

# A rule maps a symbol to its alternatives, one a line or separated by "|"; "<x>" is expanded in
# turn. Words are plain ASCII; statements are in the past tense, so that nothing has to agree.
RULES = {
    "sentence": """
        <who> <did> <what> <place>. | <who> <did> <what> <time>. | <who> <adv> <did> <what>.
        <who> <acted> <place> <time>. | <who> <acted> <adv> <place>.
        <time> <who> <acted> <place>. | <name> <did> <what> and <what>.
        <name> and <name> <acted> <place>. | <name> <acted> <place> <time>.
        <who> with <what> <acted> <adv>. | <who> <acted>, and <who> <acted>.
        <who> <acted>, but <name> <did> <what>. | <name> <acted>, so <who> <acted> <adv>.
        Yes, <name> <did> <what>. | No, <who> <acted> <place>. | Did <who> <do> <what> <place>?
        Did <name> <act> <place>? | Why did <who> <act> <time>?
        Which <thing> did <name> <do> <time>? | Where did <who> <do> <what>?
        Who <did> <what> <place>? | Please <do> <what> <place>.
        Please <do> <number> <things> <when>. | Never <do> <what> <when>!
        <number> <trait> <animals> <acted> <place>. | There were <number> <things> <place>.
    """,
    "who": "<det> <person> | <det> <animal> | <det> <trait> <person> | <det> <look> <animal>",
    "what": "<det> <thing> | <det> <animal> | <det> <look> <thing> | <det> <shape> <thing>",
    "det": "the | the | this | that | a | my | our | your | his | her | each",
    "trait": """
        calm | careful | charming | cheerful | clever | curious | early | faithful | foreign
        gentle | giant | good | great | handsome | happy | jolly | joyful | lazy | little
        lonely | loud | loyal | lucky | nervous | new | noisy | old | precious | proud | quick
        quiet | rare | royal | short | shy | sleepy | small | strong | sweet | tall | thirsty
        tiny | unusual | wise | worthy | young
    """,
    "look": """
        beige | blue | bright | brown | cold | dark | fresh | golden | green | grey | heavy
        huge | large | long | odd | orange | purple | rough | silver | soft | strange | warm
        white | yellow
    """,
    "shape": """
        cheap | damp | full | narrow | pale | poor | pure | round | rusty | sharp | smooth
        thick | thin | weird
    """,
    "person": """
        actor | author | boy | brother | butcher | captain | child | cook | cousin | daughter
        doctor | father | farmer | girl | guide | judge | merchant | mother | neighbour | nurse
        painter | pilot | queen | robber | sailor | shepherd | singer | sister | soldier
        teacher | thief | tourist | uncle | voyager | woman | writer
    """,
    "animal": """
        bear | bird | cat | deer | dog | dragon | fish | fox | giraffe | goat | goose | horse
        kitten | lion | monkey | mouse | owl | oyster | pigeon | puppy | rabbit | robin | snake
        tiger | turkey | wolf | zebra
    """,
    "animals": """
        birds | children | deer | foxes | geese | goats | horses | judges | mice | oysters
        sheep | soldiers | thieves | witches | wolves
    """,
    "thing": """
        apple | badge | beach | bell | boat | book | bottle | bridge | bush | button | cage
        camera | castle | chair | cheese | church | clock | cloud | coin | cotton | curtain
        door | engine | feather | field | flower | garage | garden | ghost | glove | guitar
        hammer | hedge | house | island | jacket | jewel | juice | kitchen | knife | ladder
        lamp | leather | letter | machine | measure | mirror | mountain | needle | ocean | oil
        onion | orchard | oven | pear | pencil | picture | poem | river | road | rose | shadow
        ship | shoe | spoon | statue | sugar | table | tower | toy | treasure | valley | village
        violin | vision | voice | wagon | watch | wheel | whistle | wood | zoo
    """,
    "things": """
        apples | bridges | bushes | chairs | clouds | coins | dishes | doors | feathers | houses
        jewels | keys | leaves | measures | oranges | pages | pears | shoes | songs | teeth
        things | toys | voices | years
    """,
    "number": """
        two | three | four | five | six | seven | eight | nine | ten | eleven | twelve | thirty
    """,
    "did": """
        admired | bought | brought | carried | caught | chased | chose | counted | discovered
        drew | enjoyed | envied | feared | fetched | followed | forgot | found | gathered
        guarded | heard | held | joined | kept | knew | liked | looked for | lost | measured
        moved | noticed | owned | painted | paid for | pulled | pushed | refused | saved | saw
        shared | hugged | showed | sold | sought | stole | studied | thanked | took | touched
        treasured | used | visited | washed | watched | wished for | wore
    """,
    "do": """
        admire | avoid | bring | buy | carry | catch | change | choose | cover | draw | enjoy
        find | follow | forget | guard | hear | hold | join | judge | keep | lose | measure
        move | notice | paint | pull | push | save | see | share | show | steal | teach | thank
        touch | treasure | use | visit | wash | watch | wear
    """,
    "acted": """
        arrived | awoke | breathed | coughed | cried | danced | disappeared | dozed | fell
        flew | froze | hid | hurried | jumped | laughed | leaned | left | listened | paused
        played | rejoiced | rested | returned | roared | rowed | shivered | shouted | slept
        smiled | sneezed | spoke | stayed | stood | swam | turned | vanished | waited | walked
        wandered | whispered | worked | yawned
    """,
    "act": """
        arrive | breathe | cough | cry | dance | disappear | fall | fly | hide | hurry | jump
        laugh | listen | play | rejoice | return | roar | shout | sleep | smile | speak | stay
        swim | vanish | wait | walk | whisper | work | yawn
    """,
    "adv": """
        again | alone | badly | boldly | calmly | quickly | quietly | often | rarely
        rather well | slowly | smoothly | softly | sometimes | soon | surely | together
        usually | very well | wisely | with pleasure | without a sound
    """,
    "place": """
        above the clouds | across the bridge | along the shore | among the trees
        at the harbour | around the corner | behind the church | below the cliff
        beneath the tower | beside the fire | beyond the hills | by the sea | in the garden
        in the usual place | inside the cave | near the airport | near the village | on the roof
        on the sofa | over there | outside the zoo | through the fog | toward the south
        under the earth | under the oak | at the theatre | in the sugar shop | on the tour
    """,
    "time": "<when> | all day | last Thursday | long ago | yesterday | just now | this morning",
    "when": """
        after breakfast | at dawn | at noon | before the storm | during the night | every evening
        in January | in July | in winter | in the fourth hour | on Sunday | once a year | today
        tonight
    """,
    "name": """
        Alice | Arthur | Beth | Boyd | Charles | Claire | Doyle | Edith | Faith | George | Hugh
        Ian | Joy | Judith | Leo | Maya | Noah | Oscar | Paul | Roy | Ruth | Sean | Thea | Vera
        Wendy | Yusuf | Zoe
    """,
}
ALTERNATIVES = {
    symbol: [part.strip() for part in re.split(r"[|\n]", text) if part.strip()]
    for symbol, text in RULES.items()
}


def sentence(rng: random.Random) -> str:
    """Draw one sentence: expand `<sentence>`, correct a/an, capitalise the first letter."""
    text = "<sentence>"
    while match := re.search(r"<(\w+)>", text):
        text = text[: match.start()] + rng.choice(ALTERNATIVES[match[1]]) + text[match.end() :]
    text = re.sub(r"\ba (?=[aeiou])", "an ", text)
    return text[0].upper() + text[1:]
